"""Room `notify`: notices to staff and customers (an outbox, delivered by channels) and the watch over deadlines."""

from workers.notify.channels import Channel, ChannelError, Channels, LogChannel, MailChannel, channel
from workers.notify.customers import tell_customer
from workers.notify.deadlines import Watched, raise_priority, watch_deadlines
from workers.notify.delivery import Delivered, deliver
from workers.notify.store import Notice, Notification, tell, tell_all, undelivered

__all__ = [
    "Channel",
    "ChannelError",
    "Channels",
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
    "tell_customer",
    "undelivered",
    "watch_deadlines",
]
