"""Whether the person who sent a form holds the post whose step it is (rule 13)."""

from __future__ import annotations

import structlog

from workers.calendar import SHANGHAI
from workers.cases.fields import FormReader
from workers.org import OrgChart
from workers.runtime import TaskContext

log = structlog.get_logger(__name__)


def require_post(reader: FormReader, user: str | None, post: str, task: TaskContext, org: OrgChart) -> bool:
    """Add a finding unless `user`, whom the engine's session named, holds the post or stands in today."""
    if user and org.may_act(user, post, task.now.astimezone(SHANGHAI).date()):
        return True
    log.warning("security: not of the post", post=post, user=user, topic=task.topic, key=task.business_key)
    reader.wrong("", f"只有{org.post_name(post)}可以办理")
    return False
