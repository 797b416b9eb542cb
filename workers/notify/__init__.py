"""Room `notify`: notices to staff (an outbox, delivered by log or e-mail) and the watch over deadlines."""

from workers.notify.channels import Channel, ChannelError, LogChannel, MailChannel, channel
from workers.notify.deadlines import Watched, raise_priority, watch_deadlines
from workers.notify.delivery import Delivered, deliver
from workers.notify.store import Notice, Notification, tell, tell_all, undelivered

__all__ = [
    "Channel",
    "ChannelError",
    "Delivered",
    "LogChannel",
    "MailChannel",
    "Notice",
    "Notification",
    "Watched",
    "channel",
    "deliver",
    "raise_priority",
    "tell",
    "tell_all",
    "undelivered",
    "watch_deadlines",
]
