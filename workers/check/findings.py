"""What the check can find: one id and one line per rule, and the finding that names file and element."""

from __future__ import annotations

from dataclasses import dataclass

RULES = {
    # reading
    "readable": "every diagram, decision table and form can be read and is not empty",
    "unique-id": "process, decision and form ids, and the names of start messages, exist once in the engine",
    "orphan": "every form, decision table and embedded form of a folder is used by one of its diagrams",
    # attributes
    "history-time-to-live": "historyTimeToLive is set on every process and decision",
    "version-tag": "versionTag is set on every process and decision",
    "executable": "every process is marked executable",
    "id-style": "ids tell what the element is: Task_…, Gateway_…, Event_…; a file is named after its process",
    # diagrams and code
    "topic-unknown": "every topic of a diagram belongs to a worker's function",
    "topic-unused": "every worker's topic is used in a diagram",
    "topic-name": "a topic is <room>.<function>, the name of the Python function that does it",
    "service-task": "every service task is an external task with a topic",
    "input-unprovided": "every input that a worker needs comes from a form, a start, a listener or a worker",
    "output-lost": "nothing that a worker puts out stays behind in its task, under the name of an input parameter",
    "error-uncaught": "every BPMN error that a worker declares is caught",
    "error-undeclared": "every BPMN error that a diagram catches is declared by a worker",
    # references
    "form-ref": "every form that a diagram names is in its folder, bound to the deployment",
    "decision-ref": "every decision that a diagram names is in its folder, bound to the deployment, and used",
    "called-element": "every process that a diagram calls exists, bound to the deployment if of the same folder",
    "call-variable": "a call brings a business key and what the called process needs, and takes what that one has",
    "message-ref": "every message that a diagram uses exists and has a name",
    "feel": "every cell of a decision table is FEEL that the engine understands",
    # people
    "group-unknown": "every candidate group, and every post that a decision table names, is a post of config/org.yaml",
    "user-named": "a diagram names posts and variables, never a person",
    "user-task": "every user task has a form, somebody to do it and a due date, and records who completed it",
    "starter": "every process that people start is started by some post of config/org.yaml, and the reverse",
    # time and flow
    "timer": "every timer and due date is an ISO 8601 value or an expression",
    "condition-missing": "every way out of an exclusive gateway but the default one has a condition",
    "condition-variable": "gateways read workers' outputs, never a form's raw field",
    # structure
    "element-unknown": "every element of a diagram is one that BPMN has",
    "flow-end": "every sequence flow leads from one step to another",
    "expression-open": "every expression has its closing brace",
    "variable-unknown": "every variable that people, dates, inputs and tables' cells read comes from somewhere",
    # layout and language
    "layout": "every element has its place in the picture",
    "overlap": "no two shapes overlap",
    "edge-through": "no arrow runs through a shape that it does not belong to",
    "chinese": "what staff read is Chinese",
    "bpmnlint": "bpmnlint passes",
    # forms
    "form-key": "every field of a form has a key of its own, which some worker reads",
    "form-limit": "text fields say how long a text may be",
    "form-number": "numbers are asked for in text fields: the form library's number field changes what was typed",
    "form-options": "what a form lists (select options, tables) is its own or some worker's output",
    "form-list": "a list that a form submits is put out as a list, be it empty",
    "form-component": "a form uses only components that Tasklist can show",
}
"""Rule id -> what it asks for."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to mend. `file` is relative to the tree checked; `element` is an id or a form field's key."""

    file: str
    element: str
    rule: str
    message: str

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"no rule {self.rule}")

    def __str__(self) -> str:
        return f"{self.file}: {self.element}: {self.message} [{self.rule}]"
