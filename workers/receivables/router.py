"""The room's topics: `tasks.py` does the collection, `review_tasks.py` the monthly review."""

from workers.runtime import Router

router = Router("receivables")
