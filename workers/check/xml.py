"""Reading diagrams and decision tables, with a parser that fetches nothing and expands nothing."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
CAMUNDA_DMN = "http://camunda.org/schema/1.0/dmn"

Element = etree._Element


def parse(path: Path) -> Element:
    """The document's root. Raises etree.XMLSyntaxError, ValueError for a document type, OSError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    root = etree.fromstring(path.read_bytes(), parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("a document type is not allowed")
    return root


def bpmn(name: str) -> str:
    """The qualified name of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def camunda(name: str) -> str:
    """The qualified name of a `camunda:` element or attribute in a diagram."""
    return f"{{{CAMUNDA}}}{name}"


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def ident(element: Element) -> str:
    """The element's id, or its kind where it has none."""
    return element.get("id") or local(element)


def text(element: Element | None) -> str:
    """The element's text, trimmed; empty when there is no element."""
    return (element.text or "").strip() if element is not None else ""
