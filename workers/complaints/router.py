"""The router of the complaints room; the steps that use it stand in several modules."""

from workers.runtime import Router

router = Router("complaints")
