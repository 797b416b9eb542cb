"""The ways by which a notice leaves the house: each an apprise URL of the settings, or the log."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import quote

import apprise
import structlog

from workers.errors import SalesflowError, UserError
from workers.masking import mask

log = structlog.get_logger(__name__)

EMAIL = "email"
ROUTES: Mapping[str, str] = {
    "phone": "sms",
    "sms": "sms",
    "wechat": "wecom",
    EMAIL: EMAIL,
    **{name: name for name in ("wecom", "dingtalk", "feishu")},
}
"""What a customer chose -> the channel of the settings that serves it. Who wants to be called has a phone to text."""


ChannelName = Literal["sms", "wecom", "dingtalk", "feishu"]


class ChannelError(SalesflowError):
    """A notice could not be handed over; it is tried again later."""


class Channel(Protocol):
    """Hands over one notice. Raises ChannelError."""

    def send(self, to: str, subject: str, body: str) -> None:
        """Deliver to that address, or raise; returns within seconds either way."""


class LogChannel:
    """Where no channel is configured, the log is where notices go (and the outbox table keeps them)."""

    def send(self, to: str, subject: str, body: str) -> None:
        """Write the notice to the log."""
        log.info("notify.notice", to=to, subject=subject, body=body)


class UrlChannel:
    """Whatever apprise knows, by a URL in which `{phone}` stands for the recipient's number.

    A URL without it is a group's (a bot of WeCom, DingTalk or Feishu): the subject says whom to tell, with the
    number masked (M5).
    """

    place = "{phone}"
    example = "+8613800000000"

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        if not apprise.Apprise().add(self._for(self.example)):
            # the URL holds a password: it is not repeated here
            raise UserError(f"{name} is no apprise URL, such as twilio://ACCOUNT:TOKEN@FROM/{self.place}")

    def send(self, to: str, subject: str, body: str) -> None:
        """Send one message; apprise gives up on a silent server after about four seconds."""
        title = subject if self.place in self._url else f"{subject}({mask(to)})"
        # what went wrong is told at debug level only
        capture = apprise.LogCapture(level=logging.DEBUG, fmt="%(levelname)s %(message)s")  # type: ignore[no-untyped-call]
        with capture as said:
            post = apprise.Apprise()
            post.add(self._for(to))
            try:
                sent = post.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
            except (
                Exception
            ) as error:  # plugins raise what their libraries raise; one notice must not stop all
                raise ChannelError(f"{type(error).__name__}: {error}") from error
            if not sent:
                raise ChannelError(_reason(said.getvalue()))

    def _for(self, to: str) -> str:
        return self._url.replace(self.place, quote(to))


class MailChannel(UrlChannel):
    """E-mail: the URL has `{email}` for the recipient's address."""

    place = "{email}"
    example = "somebody@example.com"

    def __init__(self, url: str, name: str = "mail_url") -> None:
        wrong = UserError(f"{name} is no apprise URL with {{email}} in it, such as mailtos://…?to={{email}}")
        if self.place not in url:
            raise wrong
        try:
            super().__init__(url, name)
        except UserError:
            raise wrong from None


def _reason(said: str) -> str:
    """The lines of apprise's log that tell why; the others repeat the message and its addresses."""
    lines = [
        line for line in said.splitlines() if line.startswith(("WARNING", "ERROR")) or "Exception" in line
    ]
    return "; ".join(line.partition(" ")[2] for line in lines) or "the message was not accepted"


def channel(mail_url: str | None) -> Channel:
    """The channel that the settings name. Raises UserError for a URL that cannot work."""
    return MailChannel(mail_url) if mail_url else LogChannel()


@dataclass(frozen=True)
class Channels:
    """All ways out: e-mail, and what the settings name besides; `staff` is the one by which staff are told."""

    email: Channel = field(default_factory=LogChannel)
    others: Mapping[str, Channel] = field(default_factory=dict)
    staff: str = EMAIL

    def by(self, name: str) -> Channel:
        """The channel of that name; the log where the settings have none."""
        return self.email if name == EMAIL else self.others.get(name) or LogChannel()

    @classmethod
    def of(cls, mail_url: str | None, urls: Mapping[ChannelName, str], staff: str = EMAIL) -> Channels:
        """From the settings. Raises UserError for a URL that cannot work."""
        if staff != EMAIL and UrlChannel.place in urls.get(staff, UrlChannel.place):  # type: ignore[call-overload]
            raise UserError(
                f"staff_channel: channels.{staff} must be the URL of a staff's group (without {UrlChannel.place})"
            )
        others: dict[str, Channel] = {name: UrlChannel(url, f"channels.{name}") for name, url in urls.items()}
        return cls(channel(mail_url), others, staff)
