"""Room `follow_up`: whoever was handed something over is asked whether they are satisfied (V9, W10)."""

from workers.follow_up.people import DATE_KEPT
from workers.follow_up.planning import Planned, plan
from workers.follow_up.questions import Questionnaire, load_questions
from workers.follow_up.requesting import PROCESS, request
from workers.follow_up.store import FollowUp

__all__ = [
    "DATE_KEPT",
    "PROCESS",
    "FollowUp",
    "Planned",
    "Questionnaire",
    "load_questions",
    "plan",
    "request",
]
