// Run bpmnlint over diagrams and print what it says as JSON: [{file, id, rule, message}].
// (Its own command prints a table for people only.)   node lint.cjs CONFIG DIAGRAM...
const { readFileSync } = require('node:fs');

const { BpmnModdle } = require('bpmn-moddle');
const Linter = require('bpmnlint/lib/linter');
const NodeResolver = require('bpmnlint/lib/resolver/node-resolver');

async function main(configFile, files) {
  const config = JSON.parse(readFileSync(configFile, 'utf8'));
  const said = [];

  for (const file of files) {
    // one linter per file: its rules remember ids
    const linter = new Linter({ config, resolver: new NodeResolver() });
    const { rootElement, warnings } = await new BpmnModdle().fromXML(readFileSync(file, 'utf8'));

    for (const { message, element } of warnings) {
      said.push({ file, id: element?.id || '', rule: 'import', message });
    }

    for (const [ rule, reports ] of Object.entries(await linter.lint(rootElement))) {
      for (const { id = '', message } of reports) {
        said.push({ file, id, rule, message });
      }
    }
  }

  process.stdout.write(JSON.stringify(said));
}

const [ configFile, ...files ] = process.argv.slice(2);

main(configFile, files).catch(error => {
  console.error(error);
  process.exit(1);
});
