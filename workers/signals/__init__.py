"""Room `signals`: tells a process that a fact was committed, until its case has read it (rule 5).

The engine keeps no message that nobody waits for. So a fact is committed first, together with a signal; the
dispatcher goes on correlating it until a step of the case has read the facts anew and marked it as read.
"""

from workers.signals.dispatch import dispatch
from workers.signals.store import Signal, Wait, has_unread, mark_read, note_wait, send, unread, waits

__all__ = ["Signal", "Wait", "dispatch", "has_unread", "mark_read", "note_wait", "send", "unread", "waits"]
