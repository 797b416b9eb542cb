"""Rules on forms: keys, limits, numbers, options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from workers.check.code import hint
from workers.check.context import Context
from workers.check.findings import Finding
from workers.check.form import CHOICES, COMPONENTS, INPUTS, LISTS, TEXTS, Field, Form
from workers.check.project import Folder, Process
from workers.check.xml import local


def check(context: Context) -> Iterator[Finding]:
    """Findings on every form of every folder."""
    for folder in context.folders:
        for form in folder.all_forms:
            yield from _keys(form)
            for field in form.fields():
                yield from _field(form, field)
            yield from _between_form_and_workers(context, folder, form)


def _keys(form: Form) -> Iterator[Finding]:
    counts = Counter((field.scope, field.key) for field in form.fields() if field.type in INPUTS)
    for (_, key), count in counts.items():
        if not key:
            yield Finding(form.file, form.id, "form-key", f"{count} field(s) have no key; give each one")
        elif count > 1:
            yield Finding(
                form.file, key, "form-key", f"{count} fields have the key {key}; one wipes out the other"
            )


def _field(form: Form, field: Field) -> Iterator[Finding]:
    if field.type not in COMPONENTS:
        message = f"Tasklist cannot show a {field.type or 'component without a type'}; use another component"
        yield Finding(form.file, field.name, "form-component", message)
    if not field.editable:
        return
    limit = (field.raw.get("validate") or {}).get("maxLength")
    if field.type in TEXTS and not isinstance(limit, int):
        message = "has no maximum length; the engine refuses texts over 4000 characters"
        yield Finding(form.file, field.name, "form-limit", message)
    elif isinstance(limit, int) and limit > 4000:
        message = f"allows {limit} characters; the engine refuses texts over 4000"
        yield Finding(form.file, field.name, "form-limit", message)
    if field.type == "number":
        message = "is a number field, which makes 1.23 of 1,234.5 without a word; make it a text field"
        yield Finding(form.file, field.name, "form-number", message)
    offers = field.raw.get("values") or field.raw.get("valuesKey") or field.raw.get("valuesExpression")
    if field.type in CHOICES and not offers:
        yield Finding(form.file, field.name, "form-options", "has no options; give values or an options key")


def _between_form_and_workers(context: Context, folder: Folder, form: Form) -> Iterator[Finding]:
    for process in folder.processes:
        users = [element for element in process.element.iter() if process.form_of(element) is form]
        if not users:
            continue
        at_start = all(local(element) == "startEvent" for element in users)
        yield from _shown(context, process, form, at_start=at_start)
        yield from _lists(context, process, form)
        sources = context.sources(process)
        if sources.gaps:
            continue
        for variable in sorted(form.submits() - sources.read):
            if variable:
                message = f"what is written there is lost: no worker of {process.id} reads {variable}"
                message += hint(variable, sources.read) or "; remove the field or have a worker read it"
                yield Finding(form.file, variable, "form-key", message)


def _shown(context: Context, process: Process, form: Form, *, at_start: bool) -> Iterator[Finding]:
    sources = context.sources(process)
    for field in form.fields():
        if field.scope:
            continue  # what stands in a list's row is the row's own
        shown = field.listed
        if shown is None and field.type in INPUTS and not field.editable:
            shown = field.variable
        if shown and at_start:
            message = f"lists {shown}, but a start form has no variables; ask it in the first user task"
            yield Finding(form.file, field.name, "form-options", message)
        elif shown and shown not in sources.all and not sources.gaps:
            message = f"lists {shown}, which no worker of {process.id} puts out{hint(shown, sources.facts)}"
            yield Finding(form.file, field.name, "form-options", message)


def _lists(context: Context, process: Process, form: Form) -> Iterator[Finding]:
    topics = [topic for _, name in process.external_tasks() if (topic := context.topics.get(name))]
    for field in form.fields():
        names = sorted(topic.name for topic in topics if field.variable in topic.missing_lists)
        if names and field.type in LISTS and not field.scope:
            message = f"may be None after {', '.join(names)}; what people choose is then sent as Null, "
            message += "which the engine refuses; put out an empty list"
            yield Finding(form.file, field.name, "form-list", message)
