"""Channels and retries, without a network."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from workers.errors import UserError
from workers.notify import LogChannel, MailChannel, channel
from workers.notify.delivery import retry_after

# apprise loads all its plugins at first use, and one of them imports a module that Python 3.13 has dropped
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_without_a_mail_url_notices_go_to_the_log() -> None:
    chosen = channel(None)
    assert isinstance(chosen, LogChannel)
    with capture_logs() as logged:
        chosen.send("chen@example.com", "主题", "正文")
    assert logged == [
        {
            "event": "notify.notice",
            "log_level": "info",
            "to": "chen@example.com",
            "subject": "主题",
            "body": "正文",
        }
    ]


def test_a_mail_url_without_a_place_for_the_address_is_refused_and_its_password_is_not_shown() -> None:
    for url in ("mailtos://user:secret@smtp.example.com", "nonsense:secret://{email}"):
        with pytest.raises(UserError) as refused:
            channel(url)
        assert "secret" not in str(refused.value)
    assert isinstance(channel("mailtos://user:secret@smtp.example.com?to={email}"), MailChannel)


def test_the_wait_between_attempts_grows_up_to_six_hours() -> None:
    waits = [retry_after(attempt) for attempt in (1, 2, 3, 9, 10, 1000)]
    minute = timedelta(minutes=1)
    assert waits == [minute, 2 * minute, 4 * minute, 256 * minute, timedelta(hours=6), timedelta(hours=6)]
