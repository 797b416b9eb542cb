"""What analysts write into the cells of a decision table, read as far as a mistake shows (pure).

No FEEL interpreter: the engine has one. It finds what stops a case at night: a bracket, a quotation mark or a comma
that is missing, full-width punctuation, and names that nobody knows.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<number>\d+(?:\.\d+)?|\.\d+)
      | (?P<name>[^\W\d]\w*)
      | (?P<operator><=|>=|!=|\.\.|\*\*|[<>=+\-*/])
      | (?P<mark>[()\[\]{},.:?])
      | (?P<stray>.)""",
    re.VERBOSE | re.DOTALL,
)
_LOGIC = ("and", "or", "not", "in", "between", "if", "then", "else", "instance", "of")
_LOOPS = ("for", "return", "some", "every", "satisfies", "function")
_JOINING = frozenset((*_LOGIC, *_LOOPS))
_VALUES = frozenset({"true", "false", "null"})
_CLOSES = {")": "(", "]": "[", "}": "{"}
_OPERANDS = frozenset({"string", "number", "name"})


class Token(NamedTuple):
    """A piece of a cell: what kind of thing it is, and its text."""

    kind: str
    text: str


def tokens(cell: str) -> list[Token]:
    """The cell's pieces without blanks; words that join others, such as `and`, are operators."""
    found = []
    for match in _TOKEN.finditer(cell):
        kind, text = str(match.lastgroup), match.group()
        if kind != "space":
            found.append(Token("operator" if kind == "name" and text in _JOINING else kind, text))
    return found


def fault(cell: str) -> str | None:
    """What is wrong with the cell's grammar, if anything shows; an empty cell and `-` stand for anything."""
    pieces = tokens(cell)
    if not pieces or cell.strip() == "-":
        return None
    for piece in pieces:
        if piece.kind == "stray":
            return f'has {piece.text}, which FEEL does not know; write texts in " and use ASCII punctuation'
    for left, right in itertools.pairwise(pieces):
        if {left.kind, right.kind} <= _OPERANDS and not left.kind == right.kind == "name":
            return f"has nothing between {left.text} and {right.text}; a comma?"
    if pieces[-1].kind == "operator":
        return f"ends with {pieces[-1].text}, and nothing follows"
    return _bracket(pieces)


def _bracket(pieces: list[Token]) -> str | None:
    """A bracket without its partner. An interval may end with any: ]1..5), [1..5[."""
    if any(piece.text == ".." for piece in pieces):
        count = sum(piece.text in "()[]{}" for piece in pieces if piece.kind == "mark")
        return "has a bracket without its partner" if count % 2 else None
    opened: list[str] = []
    for piece in pieces:
        if piece.kind != "mark":
            continue
        if piece.text in _CLOSES.values():
            opened.append(piece.text)
        elif piece.text in _CLOSES and (not opened or opened.pop() != _CLOSES[piece.text]):
            return f"has a {piece.text} that nothing opens"
    return f"has a {opened[-1]} that nothing closes" if opened else None


def names(cell: str) -> Iterator[str]:
    """The variables that the cell reads: no functions, no properties of something else."""
    pieces = tokens(cell)
    for index, piece in enumerate(pieces):
        before = pieces[index - 1].text if index else ""
        # the words of a function's name stand side by side: string length(…)
        after = next((one.text for one in pieces[index + 1 :] if one.kind != "name"), "")
        if piece.kind == "name" and piece.text not in _VALUES and before != "." and after != "(":
            yield piece.text
