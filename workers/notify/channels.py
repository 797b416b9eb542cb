"""The ways by which a notice leaves the house."""

from __future__ import annotations

import logging
from typing import Protocol
from urllib.parse import quote

import apprise
import structlog

from workers.errors import SalesflowError, UserError

log = structlog.get_logger(__name__)


class ChannelError(SalesflowError):
    """A notice could not be handed over; it is tried again later."""


class Channel(Protocol):
    """Hands over one notice. Raises ChannelError."""

    def send(self, email: str, subject: str, body: str) -> None:
        """Deliver to that address, or raise; returns within seconds either way."""


class LogChannel:
    """Where no mail is configured, the log is where notices go (and the outbox table keeps them)."""

    def send(self, email: str, subject: str, body: str) -> None:
        """Write the notice to the log."""
        log.info("notify.notice", to=email, subject=subject, body=body)


class MailChannel:
    """E-mail, or whatever else apprise knows, by a URL with `{email}` for the recipient's address."""

    def __init__(self, url: str) -> None:
        self._url = url
        if "{email}" not in url or not apprise.Apprise().add(self._for("somebody@example.com")):
            # the URL holds a password: it is not repeated here
            raise UserError("mail_url is no apprise URL with {email} in it, such as mailtos://…?to={email}")

    def send(self, email: str, subject: str, body: str) -> None:
        """Send one message; apprise gives up on a silent server after about four seconds."""
        # what went wrong is told at debug level only
        capture = apprise.LogCapture(level=logging.DEBUG, fmt="%(levelname)s %(message)s")  # type: ignore[no-untyped-call]
        with capture as said:
            post = apprise.Apprise()
            post.add(self._for(email))
            try:
                sent = post.notify(title=subject, body=body, body_format=apprise.NotifyFormat.TEXT)
            except (
                Exception
            ) as error:  # plugins raise what their libraries raise; one notice must not stop all
                raise ChannelError(f"{type(error).__name__}: {error}") from error
            if not sent:
                raise ChannelError(_reason(said.getvalue()))

    def _for(self, email: str) -> str:
        return self._url.replace("{email}", quote(email))


def _reason(said: str) -> str:
    """The lines of apprise's log that tell why; the others repeat the message and its addresses."""
    lines = [
        line for line in said.splitlines() if line.startswith(("WARNING", "ERROR")) or "Exception" in line
    ]
    return "; ".join(line.partition(" ")[2] for line in lines) or "the message was not accepted"


def channel(mail_url: str | None) -> Channel:
    """The channel that the settings name. Raises UserError for a URL that cannot work."""
    return MailChannel(mail_url) if mail_url else LogChannel()
