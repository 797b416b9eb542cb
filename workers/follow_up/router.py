"""The router of the follow-up room; the steps that use it stand in several modules."""

from workers.runtime import Router

router = Router("follow_up")
