"""salesflow: a company's sales work as BPMN on Camunda 7, with Python external-task workers."""

from importlib.metadata import version

__version__ = version("salesflow")
