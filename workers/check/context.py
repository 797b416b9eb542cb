"""What every rule is given: the tree, the workers' topics and the org chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from workers.check.project import Folder, Process
from workers.check.sources import Sources, sources
from workers.check.topics import Topic
from workers.org import OrgChart


@dataclass(frozen=True)
class Context:
    """One run of the check."""

    folders: list[Folder]
    topics: Mapping[str, Topic]
    org: OrgChart
    complete: bool
    """Whether the tree holds every diagram, so that what no diagram uses is wrong."""

    @cached_property
    def whole(self) -> bool:
        """Whether everything could be read of a complete tree: only then it is known what nothing uses."""
        return self.complete and not any(folder.findings for folder in self.folders)

    @cached_property
    def processes(self) -> list[Process]:
        return [process for folder in self.folders for process in folder.processes]

    @cached_property
    def _sources(self) -> dict[int, Sources]:
        return {id(process): sources(process, self.topics, self.processes) for process in self.processes}

    def sources(self, process: Process) -> Sources:
        """Where the variables of one of `processes` come from."""
        return self._sources[id(process)]
