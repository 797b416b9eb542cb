"""Room `org`: posts, people, superiors, substitutes (`config/org.yaml`)."""

from workers.org.absences import release_tasks
from workers.org.accounts import directory
from workers.org.chart import OrgChart
from workers.org.errors import OrgError, UnknownPerson, UnknownPost
from workers.org.models import Leave, Person, Post
from workers.org.source import OrgSource, load, parse

__all__ = [
    "Leave",
    "OrgChart",
    "OrgError",
    "OrgSource",
    "Person",
    "Post",
    "UnknownPerson",
    "UnknownPost",
    "directory",
    "load",
    "parse",
    "release_tasks",
]
