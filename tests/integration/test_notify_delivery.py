"""The outbox on the real database, e-mail through a real SMTP server."""

from __future__ import annotations

import socketserver
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any, Self

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from workers.calendar import now
from workers.catalog import Customer
from workers.database.unit_of_work import UnitOfWork
from workers.errors import InvalidInput, UserError
from workers.notify import (
    Channels,
    MailChannel,
    Notification,
    channel,
    deliver,
    tell,
    tell_customer,
    undelivered,
)
from workers.notify.channels import UrlChannel
from workers.notify.store import KEPT_TRYING
from workers.org import load

# apprise loads all its plugins at first use, and one of them imports a module that Python 3.13 has dropped
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

ORG = load(Path(__file__).parents[2] / "config" / "org.yaml")
SCHEMA = "test_notify"
Sessions = sessionmaker[Session]


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """A schema of our own, because these tests commit."""
    plain = create_engine(database_url)
    with plain.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    engine = create_engine(database_url, connect_args={"options": f"-csearch_path={SCHEMA}"})
    for table in (Notification, Customer):
        table.__table__.create(engine)  # type: ignore[attr-defined]
    yield engine
    engine.dispose()
    with plain.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))
    plain.dispose()


@pytest.fixture
def sessions(database: Engine) -> Sessions:
    """Makes sessions on that schema."""
    return sessionmaker(database, expire_on_commit=False)


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    """A running mail server."""
    with SmtpServer() as server:
        yield server


class SmtpServer(socketserver.ThreadingTCPServer):
    """Listens on a free port of 127.0.0.1 while its `with` block runs."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.messages: list[EmailMessage] = []
        self.refuse = ""
        """An SMTP answer with which every message is refused, such as `451 busy`."""
        self.gate = Event()
        """While it is cleared, messages are taken but not yet confirmed."""
        self.gate.set()
        self.arrived = Event()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """The apprise URL that mails through this server."""
        return f"mailto://127.0.0.1:{self.port}?mode=insecure&from=salesflow@example.com&to={{email}}"

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self.shutdown()
        self.server_close()


class _Conversation(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline():
            verb = line.split(maxsplit=1)[0].upper().decode("ascii", "replace") if line.strip() else ""
            if verb == "DATA":
                self._take()
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        self.server.arrived.set()
        self.server.gate.wait(10)
        if self.server.refuse:
            self._say(self.server.refuse)
            return
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.server.messages.append(message)
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


def _tell(sessions: Sessions, *events: str, to: str = "zhangwei") -> list[bool]:
    with UnitOfWork(sessions) as uow:
        return [tell(uow.session, event, to, f"主题 {event}", f"正文 {event}\n第二行") for event in events]


def _outbox(sessions: Sessions) -> dict[str, Notification]:
    with UnitOfWork(sessions) as uow:
        return {item.event_key: item for item in uow.session.scalars(select(Notification))}


def test_an_event_is_told_once(sessions: Sessions) -> None:
    assert _tell(sessions, "e1", "e1", "e2") == [True, False, True]
    assert _tell(sessions, "e1") == [False]
    assert set(_outbox(sessions)) == {"e1", "e2"}


def test_an_event_told_by_two_processes_at_once_is_stored_once(sessions: Sessions) -> None:
    barrier = Barrier(2)

    def one() -> bool:
        barrier.wait(10)
        return _tell(sessions, "race")[0]

    with ThreadPoolExecutor(2) as pool:
        assert sorted(future.result() for future in [pool.submit(one), pool.submit(one)]) == [False, True]
    assert len(_outbox(sessions)) == 1


def test_a_notice_of_a_rolled_back_transaction_is_never_sent(sessions: Sessions) -> None:
    with UnitOfWork(sessions) as uow:
        tell(uow.session, "e1", "zhangwei", "主题", "正文")
        uow.session.rollback()
    assert _outbox(sessions) == {}


def test_a_notice_reaches_the_recipients_mailbox_in_chinese(sessions: Sessions, smtp: SmtpServer) -> None:
    _tell(sessions, "e1")
    assert deliver(sessions, Channels(channel(smtp.url)), ORG, now()).sent == 1
    (message,) = smtp.messages
    assert message["Subject"] == "主题 e1"
    assert "zhangwei@example.com" in message["To"]
    body = message.get_body(("plain",))
    assert body is not None
    assert "正文 e1\n第二行" in body.get_content().replace("\r\n", "\n")
    assert _outbox(sessions)["e1"].sent_at is not None
    assert deliver(sessions, Channels(channel(smtp.url)), ORG, now()).sent == 0


def test_without_mail_the_log_and_the_outbox_keep_the_notice(sessions: Sessions) -> None:
    _tell(sessions, "e1")
    assert deliver(sessions, Channels(), ORG, now()).sent == 1
    assert _outbox(sessions)["e1"].sent_at is not None


def test_a_refused_notice_is_tried_again_later_with_the_reason_kept(
    sessions: Sessions, smtp: SmtpServer
) -> None:
    _tell(sessions, "e1")
    smtp.refuse = "451 too busy"
    start = now()
    assert deliver(sessions, Channels(channel(smtp.url)), ORG, start).failed == 1
    item = _outbox(sessions)["e1"]
    assert (item.attempts, item.sent_at, item.next_attempt_at) == (1, None, start + timedelta(minutes=1))
    assert "451" in (item.last_error or "")
    smtp.refuse = ""
    assert deliver(sessions, Channels(channel(smtp.url)), ORG, start + timedelta(seconds=59)).sent == 0
    assert deliver(sessions, Channels(channel(smtp.url)), ORG, start + timedelta(seconds=61)).sent == 1
    assert _outbox(sessions)["e1"].last_error is None


def test_a_dead_mail_server_ends_the_run_after_a_few_attempts(sessions: Sessions, smtp: SmtpServer) -> None:
    _tell(sessions, *(f"e{number}" for number in range(10)))
    url = smtp.url
    smtp.__exit__()
    began = time.monotonic()
    run = deliver(sessions, Channels(channel(url)), ORG, now())
    assert (run.sent, run.failed) == (0, 3)
    assert time.monotonic() - began < 15
    with UnitOfWork(sessions) as uow:
        assert undelivered(uow.session) == 10


def test_a_recipient_who_is_not_in_the_chart_does_not_hold_up_the_others(
    sessions: Sessions, smtp: SmtpServer
) -> None:
    _tell(sessions, "a", "b", "c", "d", to="nobody")
    _tell(sessions, "e")
    run = deliver(sessions, Channels(channel(smtp.url)), ORG, now())
    assert (run.sent, run.failed) == (1, 4)
    assert "nobody" in (_outbox(sessions)["a"].last_error or "")


def test_two_processes_do_not_send_the_same_notice(sessions: Sessions, smtp: SmtpServer) -> None:
    _tell(sessions, "e1")
    smtp.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(deliver, sessions, Channels(channel(smtp.url)), ORG, now())
        assert smtp.arrived.wait(10)
        # the first is in the middle of sending: the second passes over what it holds
        assert deliver(sessions, Channels(channel(smtp.url)), ORG, now()).sent == 0
        smtp.gate.set()
        assert first.result(10).sent == 1
    assert len(smtp.messages) == 1


def test_a_notice_nobody_could_send_for_a_week_is_left_in_the_outbox(
    sessions: Sessions, smtp: SmtpServer
) -> None:
    _tell(sessions, "e1")
    later = now() + KEPT_TRYING + timedelta(minutes=1)
    assert deliver(sessions, Channels(channel(smtp.url)), ORG, later).sent == 0
    assert _outbox(sessions)["e1"].sent_at is None


def _meet(sessions: Sessions, no: str = "KH-1", **fields: Any) -> None:
    with UnitOfWork(sessions) as uow:
        values = {"name": "钱多多", "kind": "person", "phone_key": "+8613812345678", **fields}
        uow.session.add(Customer(no=no, **values))


def _tell_customer(sessions: Sessions, event: str, way: str | None = None, no: str = "KH-1") -> bool:
    with UnitOfWork(sessions) as uow:
        return tell_customer(uow.session, event, no, f"主题 {event}", f"正文 {event}", way)


def test_a_customer_who_chose_e_mail_is_written_to_once(sessions: Sessions, smtp: SmtpServer) -> None:
    _meet(sessions, email="qian@example.org", channel="email")
    assert [_tell_customer(sessions, "e1") for _ in range(2)] == [True, False]
    assert deliver(sessions, Channels(channel(smtp.url)), ORG, now()).sent == 1
    assert deliver(sessions, Channels(channel(smtp.url)), ORG, now()).sent == 0
    (message,) = smtp.messages
    assert message["Subject"] == "主题 e1"
    assert "qian@example.org" in message["To"]


@pytest.mark.parametrize(
    ("chosen", "way", "channel_name"),
    [
        (None, None, "sms"),
        ("phone", None, "sms"),
        ("sms", None, "sms"),
        ("wechat", None, "wecom"),
        ("wechat", "sms", "sms"),
        ("sms", "dingtalk", "dingtalk"),
        ("sms", "feishu", "feishu"),
    ],
)
def test_a_customer_is_told_by_the_way_that_they_chose(
    sessions: Sessions, chosen: str | None, way: str | None, channel_name: str
) -> None:
    _meet(sessions, channel=chosen)
    assert _tell_customer(sessions, "e1", way)
    assert _outbox(sessions)["e1"].channel == channel_name
    # what the settings do not name is kept in the outbox and told to the log
    assert deliver(sessions, Channels(), ORG, now()).sent == 1


def test_neither_an_unknown_customer_nor_an_unknown_way_is_taken(sessions: Sessions) -> None:
    _meet(sessions)
    for no, way in (("KH-2", None), ("KH-1", "pigeon")):
        with pytest.raises(InvalidInput):
            _tell_customer(sessions, "e1", way, no)
    assert _outbox(sessions) == {}


def test_a_dead_channel_leaves_the_others_alive(sessions: Sessions, smtp: SmtpServer) -> None:
    _meet(sessions)
    for number in range(6):
        _tell_customer(sessions, f"a{number}")
    _tell(sessions, "z")
    with SmtpServer() as dead:
        gateway = MailChannel(dead.url)
    began = time.monotonic()
    run = deliver(sessions, Channels(channel(smtp.url), {"sms": gateway}), ORG, now())
    assert (run.sent, run.failed) == (1, 3)
    assert time.monotonic() - began < 15
    assert [message["Subject"] for message in smtp.messages] == ["主题 z"]
    with UnitOfWork(sessions) as uow:
        assert undelivered(uow.session) == 6


def test_a_customer_without_an_address_holds_up_nobody(sessions: Sessions, smtp: SmtpServer) -> None:
    _meet(sessions, phone_key=None)
    for number in range(4):
        _tell_customer(sessions, f"a{number}", "email")
    _tell(sessions, "z")
    run = deliver(sessions, Channels(channel(smtp.url)), ORG, now())
    assert (run.sent, run.failed) == (1, 4)
    assert "KH-1" in (_outbox(sessions)["a0"].last_error or "")


def test_a_groups_channel_is_told_whom_a_message_is_for(smtp: SmtpServer) -> None:
    group = UrlChannel(smtp.url.replace("{email}", "group@example.com"), "channels.wecom")
    group.send("+8613812345678", "主题", "正文")
    assert smtp.messages[0]["Subject"] == "主题(138****5678)"


def test_staff_are_told_by_the_channel_of_the_settings(sessions: Sessions, smtp: SmtpServer) -> None:
    with UnitOfWork(sessions) as uow:
        tell(uow.session, "e1", "zhangwei", "待办超时", "正文")
    group = UrlChannel(smtp.url.replace("{email}", "group@example.com"), "channels.dingtalk")
    ways = Channels(others={"dingtalk": group}, staff="dingtalk")
    assert deliver(sessions, ways, ORG, now()).sent == 1
    (message,) = smtp.messages
    assert message["Subject"] == f"待办超时({ORG.name_of('zhangwei')})"
    assert message["To"] == "group@example.com"


def test_a_channel_to_customers_is_none_for_staff() -> None:
    with pytest.raises(UserError, match="staff_channel"):
        Channels.of(None, {"wecom": "json://gateway.example/{phone}"}, "wecom")
    with pytest.raises(UserError, match="staff_channel"):
        Channels.of(None, {}, "feishu")
