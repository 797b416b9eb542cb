"""Each rule finds the mistake that it is there for: one thing is broken, and found, by file and element."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from workers.check import RULES, Topic, run_checks
from workers.org import OrgChart

DIAGRAM, FORM, DMN = "small_case.bpmn", "small_case.form", "small_level.dmn"
Break = Callable[[Path, dict[str, Topic]], None]


@dataclass
class Seed:
    """A mistake and the one finding that is expected of it."""

    name: str
    rule: str
    element: str
    mistake: Break
    file: str | None = None
    says: str = ""
    also: frozenset[str] = frozenset()
    """Rules that rightly speak up too: a field with the wrong key is missing elsewhere."""


def swap(old: str, new: str, file: str = DIAGRAM, times: int = 1) -> Break:
    """Replace a text that stands in the file that often."""

    def change(folder: Path, _topics: dict[str, Topic]) -> None:
        path = folder / file
        content = path.read_text("utf-8")
        assert content.count(old) == times, f"{old!r} stands {content.count(old)} times in {file}"
        path.write_text(content.replace(old, new), "utf-8")

    return change


def write(name: str, content: str) -> Break:
    return lambda folder, _topics: (folder / name).write_text(content, "utf-8") and None


def copy(name: str, to: str, *changes: tuple[str, str]) -> Break:
    def change(folder: Path, _topics: dict[str, Topic]) -> None:
        content = (folder / name).read_text("utf-8")
        for old, new in changes:
            content = content.replace(old, new)
        (folder / to).write_text(content, "utf-8")

    return change


def topic(name: str, **changes: Any) -> Break:
    """Change what the code says of a topic."""

    def change(_folder: Path, topics: dict[str, Topic]) -> None:
        topics[name] = replace(topics[name], **changes)

    return change


def extra_topic(_folder: Path, topics: dict[str, Topic]) -> None:
    topics["desk.shred"] = replace(topics["desk.open_case"], name="desk.shred", function="shred")


SEEDS = [
    Seed("a diagram that is cut off", "readable", DIAGRAM, swap("</bpmn:definitions>", "")),
    Seed("an entity", "readable", DIAGRAM, swap('"UTF-8"?>', '"UTF-8"?><!DOCTYPE x [<!ENTITY a "b">]>')),
    Seed("a form that is no JSON", "readable", "rest.form", write("rest.form", "{"), "rest.form"),
    Seed(
        "a form id used twice",
        "unique-id",
        "small_start",
        copy("small_start.form", "small_start_2.form"),
        "small_start_2.form",
        "already in desk/small_start.form",
    ),
    Seed(
        "a start message used twice",
        "unique-id",
        "Event_CaseFiled",
        swap(
            "<bpmn:outgoing>Flow_Wanted</bpmn:outgoing>\n    </bpmn:startEvent>",
            "<bpmn:outgoing>Flow_Wanted</bpmn:outgoing>\n"
            '      <bpmn:messageEventDefinition messageRef="Message_CaseFiled" />\n    </bpmn:startEvent>',
        ),
    ),
    Seed(
        "a form nobody uses",
        "orphan",
        "spare",
        copy(FORM, "spare.form", ("small_case", "spare")),
        "spare.form",
    ),
    Seed("a page nobody uses", "orphan", "spare.html", write("spare.html", "<form></form>"), "spare.html"),
    Seed(
        "no time to live",
        "history-time-to-live",
        "SmallCaseProcess",
        swap(' camunda:historyTimeToLive="P3650D"', ""),
        says="P3650D",
    ),
    Seed(
        "a decision without time to live",
        "history-time-to-live",
        "small_level",
        swap(' camunda:historyTimeToLive="P3650D"', "", DMN),
        DMN,
    ),
    Seed("no version", "version-tag", "SmallCaseProcess", swap(' camunda:versionTag="1.0"', "")),
    Seed(
        "no version of a decision",
        "version-tag",
        "small_level",
        swap(' camunda:versionTag="1.0"', "", DMN),
        DMN,
    ),
    Seed(
        "not executable",
        "executable",
        "SmallCaseProcess",
        swap('isExecutable="true"', 'isExecutable="false"'),
    ),
    Seed(
        "an id from the toolbox", "id-style", "Activity_0x", swap("Task_DecideLevel", "Activity_0x", times=4)
    ),
    Seed(
        "an unknown topic",
        "topic-unknown",
        "Task_OpenCase",
        swap("desk.open_case", "desk.opn_case"),
        says="did you mean desk.open_case",
        also=frozenset({"topic-unused"}),
    ),
    Seed("a topic without a diagram", "topic-unused", "desk.shred", extra_topic, "workers"),
    Seed(
        "a function of another name",
        "topic-name",
        "desk.open_case",
        topic("desk.open_case", function="open"),
        "workers",
    ),
    Seed(
        "a service task that runs in the engine",
        "service-task",
        "Task_OpenCase",
        swap('type="external" camunda:topic="desk.open_case"', 'expression="${1}"'),
        also=frozenset({"topic-unused", "form-options", "call-variable", "variable-unknown"}),
    ),
    Seed(
        "an input from nowhere",
        "input-unprovided",
        "Task_CheckCase",
        topic("desk.check_case", needs=frozenset({"customerNo", "remark"})),
        says="did you mean remarks",
    ),
    Seed(
        "a decision's input from nowhere",
        "input-unprovided",
        "Task_DecideLevel",
        swap("<text>amountFen</text>", "<text>amountYuan</text>", DMN),
    ),
    Seed(
        "an output under the name of an input parameter",
        "output-lost",
        "Task_CheckCase",
        swap(
            'topic="desk.check_case">',
            'topic="desk.check_case">'
            '<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="accepted" />'
            '<camunda:inputParameter name="amountFen" />'
            '<camunda:outputParameter name="amountFen">${amountFen}</camunda:outputParameter>'
            "</camunda:inputOutput></bpmn:extensionElements>",
        ),
        says="add the output parameter accepted",
    ),
    Seed(
        "an error nobody catches",
        "error-uncaught",
        "Task_OpenCase",
        topic("desk.open_case", errors=frozenset({"NO_NUMBER"})),
        says="NO_NUMBER",
    ),
    Seed(
        "an error nobody declares",
        "error-undeclared",
        "Event_CaseLost",
        topic("desk.check_case", errors=frozenset()),
        says="CASE_LOST",
    ),
    Seed(
        "an error without a code",
        "error-undeclared",
        "Event_CaseLost",
        swap(' errorCode="CASE_LOST"', ""),
        also=frozenset({"error-uncaught"}),
    ),
    Seed(
        "a form that is missing",
        "form-ref",
        "Task_FillCase",
        swap('formRef="small_case"', 'formRef="small_cas"'),
        says="did you mean small_case",
        also=frozenset({"orphan"}),
    ),
    Seed(
        "a page that is missing",
        "form-ref",
        "Event_CaseWanted",
        swap(
            'camunda:formRef="small_start" camunda:formRefBinding="deployment"',
            'camunda:formKey="embedded:deployment:gone.html"',
        ),
        says="gone.html",
        also=frozenset({"orphan"}),
    ),
    Seed(
        "a form that changes under a running case",
        "form-ref",
        "Task_FillCase",
        swap('formRef="small_case" camunda:formRefBinding="deployment"', 'formRef="small_case"'),
    ),
    Seed(
        "a decision that is missing",
        "decision-ref",
        "Task_DecideLevel",
        swap('"small_level"', '"large_level"'),
        also=frozenset({"orphan"}),
    ),
    Seed(
        "a result that goes nowhere",
        "decision-ref",
        "Task_DecideLevel",
        swap(' camunda:resultVariable="level"', ""),
        also=frozenset({"condition-variable", "call-variable"}),
    ),
    Seed(
        "a called process that is missing",
        "called-element",
        "Task_SignCase",
        swap('calledElement="SmallPartProcess"', 'calledElement="SmallPatProcess"'),
        says="did you mean SmallPartProcess",
    ),
    Seed(
        "a called process that changes under a running case",
        "called-element",
        "Task_SignCase",
        swap(' camunda:calledElementBinding="deployment"', ""),
        says="to deployment",
    ),
    Seed(
        "a call without a key",
        "call-variable",
        "Task_SignCase",
        swap('<camunda:in businessKey="${caseNo}" />', ""),
        says="no business key",
    ),
    Seed(
        "a call that brings too little",
        "call-variable",
        "Task_SignCase",
        swap('target="rank"', 'target="ranks"'),
        says="needs rank; map it in; did you mean ranks",
    ),
    Seed(
        "a call that brings what is not there",
        "call-variable",
        "Task_SignCase",
        swap('source="title"', 'source="titel"'),
        says="hands over titel, which nothing provides; did you mean title",
    ),
    Seed(
        "a call that brings what no expression finds",
        "call-variable",
        "Task_SignCase",
        swap('sourceExpression="${level}"', 'sourceExpression="${grade}"'),
        says="hands over grade",
    ),
    Seed(
        "a call that takes what is not there",
        "call-variable",
        "Task_SignCase",
        swap('<camunda:out source="signed"', '<camunda:out source="sigend"'),
        says="takes sigend from SmallPartProcess, which does not have it; did you mean signed",
    ),
    Seed("a message without a name", "message-ref", "Event_CaseFiled", swap(' name="Msg_CaseFiled"', "")),
    Seed(
        "a message that is missing",
        "message-ref",
        "Event_CaseFiled",
        swap('messageRef="Message_CaseFiled"', ""),
    ),
    Seed(
        "a group that does not exist",
        "group-unknown",
        "Task_FillCase",
        swap('Groups="sales_operations"', 'Groups="sales_operation,${more}"'.replace(",${more}", "")),
        says="did you mean sales_operations",
    ),
    Seed(
        "a person in the diagram",
        "user-named",
        "Task_FillCase",
        swap('candidateGroups="sales_operations"', 'assignee="clerk"'),
    ),
    Seed(
        "a task without a form",
        "user-task",
        "Task_FillCase",
        swap('camunda:formRef="small_case" camunda:formRefBinding="deployment" ', ""),
        says="has no form",
        also=frozenset({"input-unprovided", "orphan"}),
    ),
    Seed(
        "a task for nobody",
        "user-task",
        "Task_FillCase",
        swap('camunda:candidateGroups="sales_operations" ', ""),
        says="nobody",
    ),
    Seed(
        "a task without a date",
        "user-task",
        "Task_FillCase",
        swap(' camunda:dueDate="${fillDue}"', ""),
        says="due",
    ),
    Seed(
        "a task that forgets who did it",
        "user-task",
        "Task_FillCase",
        swap("currentUser()", "assignee"),
        says="currentUser",
    ),
    Seed("a timer that is no time", "timer", "Event_FillingTakesLong", swap("PT8H", "8 hours")),
    Seed(
        "a due date that is none",
        "timer",
        "Task_FillCase",
        swap('dueDate="${fillDue}"', 'dueDate="tomorrow"'),
    ),
    Seed("no condition", "condition-missing", "Flow_Refused", swap(' default="Flow_Refused"', "")),
    Seed(
        "a condition never read",
        "condition-missing",
        "Flow_Accepted",
        swap('default="Flow_Refused"', 'default="Flow_Accepted"'),
        also=frozenset({"condition-missing"}),
    ),
    Seed(
        "a gateway that trusts a form",
        "condition-variable",
        "Flow_Accepted",
        swap("${accepted and", "${remarks == 'yes' and"),
        says="forge",
    ),
    Seed(
        "a gateway that reads nothing",
        "condition-variable",
        "Flow_Accepted",
        swap("${accepted and", "${acepted and"),
        says="did you mean accepted",
    ),
    Seed(
        "a shape that is missing",
        "layout",
        "Event_Lost",
        swap(
            '<bpmndi:BPMNShape id="Shape_10" bpmnElement="Event_Lost">'
            '<dc:Bounds x="652" y="222" width="36" height="36" /></bpmndi:BPMNShape>',
            "",
        ),
    ),
    Seed(
        "shapes on top of each other",
        "overlap",
        "Event_Refused",
        swap('x="1042" y="222"', 'x="1060" y="120"'),
    ),
    Seed(
        "an arrow through a task",
        "edge-through",
        "Flow_Fill",
        swap(
            '<di:waypoint x="400" y="120" /><di:waypoint x="460" y="120" />',
            '<di:waypoint x="400" y="100" /><di:waypoint x="700" y="100" /><di:waypoint x="460" y="120" />',
        ),
        says="Task_CheckCase",
    ),
    Seed(
        "a bracket in a decision table",
        "feel",
        "row 1, Entry_Amount",
        swap('"Entry_Amount"><text></text>', '"Entry_Amount"><text>&gt;= 5 )(</text>', DMN),
        DMN,
        "nothing opens",
    ),
    Seed(
        "Chinese punctuation in a decision table",
        "feel",
        "row 1, Entry_Level",
        swap('<text>"none"</text>', "<text>“none”</text>", DMN),
        DMN,
        "ASCII punctuation",
    ),
    Seed(
        "a variable that no decision table can read",
        "variable-unknown",
        "row 1, Entry_Amount",
        swap('"Entry_Amount"><text></text>', '"Entry_Amount"><text>&gt;= amountFenn</text>', DMN),
        DMN,
        "did you mean amountFen?",
    ),
    Seed(
        "a post that nobody holds in a decision table",
        "group-unknown",
        "row 1, Entry_Level",
        swap('name="level" typeRef="string" />', 'name="post" typeRef="string" />', DMN),
        DMN,
        "the post none",
    ),
    Seed("an English name", "chinese", "Task_FillCase", swap('name="填写"', 'name="Fill in"')),
    Seed("an English label", "chinese", "remarks", swap("备注", "Remarks", FORM), FORM),
    Seed("a split without a question", "chinese", "Gateway_Accepted", swap(' name="是否受理?"', "")),
    Seed(
        "two fields of one key",
        "form-key",
        "remarks",
        swap('"key": "customerNo"', '"key": "remarks"', FORM),
        FORM,
        also=frozenset({"input-unprovided"}),
    ),
    Seed(
        "a field that nobody reads",
        "form-key",
        "remark",
        swap('"key": "remarks"', '"key": "remark"', FORM),
        FORM,
        "did you mean remarks",
        also=frozenset({"input-unprovided"}),
    ),
    Seed(
        "a text without an end",
        "form-limit",
        "remarks",
        swap(', "validate": {"maxLength": 2000}', "", FORM),
        FORM,
    ),
    Seed("a text too long", "form-limit", "remarks", swap("2000", "20000", FORM), FORM),
    Seed(
        "a price that is changed while it is typed",
        "form-number",
        "unitPrice",
        swap('"textfield", "key": "unitPrice"', '"number", "key": "unitPrice"', FORM),
        FORM,
    ),
    Seed(
        "options from nowhere",
        "form-options",
        "customerNo",
        swap("customerOptions", "clientOptions", FORM),
        FORM,
        "which no worker of SmallCaseProcess puts out",
    ),
    Seed("rows from nowhere", "form-options", "Table_History", swap("=caseHistory", "=history", FORM), FORM),
    Seed(
        "a look-up on a start form",
        "form-options",
        "title",
        swap('"type": "textfield"', '"type": "select", "valuesKey": "customerOptions"', "small_start.form"),
        "small_start.form",
    ),
    Seed(
        "a list that nobody can submit",
        "form-list",
        "lines",
        topic("desk.open_case", missing_lists=frozenset({"lines"})),
        FORM,
        "may be None after desk.open_case",
    ),
    Seed(
        "a picker that Tasklist lacks",
        "form-component",
        "Text_Intro",
        swap('"type": "text"', '"type": "filepicker"', FORM),
        FORM,
    ),
    Seed(
        "an element that BPMN lacks",
        "element-unknown",
        "Flow_Long",
        swap('sequenceFlow id="Flow_Long"', 'sequencFlow id="Flow_Long"'),
        says="did you mean sequenceFlow",
    ),
    Seed(
        "a flow into nothing",
        "flow-end",
        "Flow_Long",
        swap('targetRef="Event_Reminded"', 'targetRef="Event_Remindd"'),
        says="did you mean Event_Reminded",
    ),
    Seed(
        "a brace that is not closed",
        "expression-open",
        "Task_FillCase",
        swap('candidateGroups="sales_operations"', 'candidateUsers="${source"'),
    ),
    Seed(
        "a due date from nowhere",
        "variable-unknown",
        "Task_FillCase",
        swap("${fillDue}", "${fillDu}"),
        says="did you mean fillDue",
    ),
    Seed(
        "a candidate from nowhere",
        "variable-unknown",
        "Task_FillCase",
        swap('candidateGroups="sales_operations"', 'candidateUsers="${sourc}"'),
        says="did you mean source",
    ),
]
ALSO_TESTED = {"starter", "bpmnlint"}
"""By tests of their own below, because they break the org chart or run Node."""


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_finds_exactly_the_mistake(seed: Seed, tree: Path, topics: dict[str, Topic], org: OrgChart) -> None:
    seed.mistake(tree / "desk", topics)

    findings = run_checks(tree, topics, org)

    relevant = [found for found in findings if (found.rule, found.element) == (seed.rule, seed.element)]
    assert len(relevant) == 1, findings
    file = seed.file or DIAGRAM
    assert relevant[0].file == (file if file == "workers" else f"desk/{file}")
    assert seed.says in relevant[0].message
    others = {found.rule for found in findings if found not in relevant}
    assert others == seed.also


def test_every_rule_has_a_seeded_mistake() -> None:
    assert {seed.rule for seed in SEEDS} | ALSO_TESTED == set(RULES)


def test_a_small_case_without_mistakes_has_no_findings(
    tree: Path, topics: dict[str, Topic], org: OrgChart
) -> None:
    assert run_checks(tree, topics, org) == []


def test_a_process_that_nobody_may_start_is_found_on_both_sides(
    tree: Path, topics: dict[str, Topic], org: OrgChart
) -> None:
    chart = org.model_copy(update={"starts": {"sales_operations": ("SmalCaseProcess",)}})
    findings = run_checks(tree, topics, chart)
    assert [(found.file, found.element, found.rule) for found in findings] == [
        ("config/org.yaml", "SmalCaseProcess", "starter"),
        ("desk/small_case.bpmn", "SmallCaseProcess", "starter"),
    ]


def test_a_called_process_needs_nobody_who_starts_it_also_when_its_callers_are_elsewhere(
    tree: Path, topics: dict[str, Topic], org: OrgChart
) -> None:
    alone = tree / "alone"
    alone.mkdir()
    (tree / "desk" / "small_part.bpmn").rename(alone / "small_part.bpmn")
    assert run_checks(alone, topics, org, complete=False) == []
    (alone / "small_part.bpmn").rename(tree / "desk" / "small_part.bpmn")
    swap('<camunda:property name="variables" value="title, rank" />', "", "small_part.bpmn")(
        tree / "desk", topics
    )
    assert run_checks(tree, topics, org) == []


def test_bpmnlint_speaks_of_the_element(tree: Path, topics: dict[str, Topic], org: OrgChart) -> None:
    swap(' name="已催办"', "")(tree / "desk", topics)
    findings = run_checks(tree, topics, org, with_lint=True)
    assert [(found.rule, found.element) for found in findings if found.rule == "bpmnlint"] == [
        ("bpmnlint", "Event_Reminded")
    ]


def test_a_mistake_in_one_file_does_not_hide_those_in_others(
    tree: Path, topics: dict[str, Topic], org: OrgChart
) -> None:
    swap("</bpmn:definitions>", "")(tree / "desk", topics)
    swap("备注", "Remarks", FORM)(tree / "desk", topics)
    rules = {found.rule for found in run_checks(tree, topics, org, complete=False)}
    assert {"readable", "chinese"} <= rules
