"""The sockets of an installation."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from posthouse.bootstrap import listeners as module
from posthouse.bootstrap.config import SERVICES, Config
from posthouse.bootstrap.listeners import Listener, open_listeners
from posthouse.foundation.errors import Invalid, Unavailable
from posthouse.transport.listener import listen

NONE = dict.fromkeys(SERVICES, 0)
LOCAL = ["127.0.0.1"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def opened(
    ports: dict[str, int], bind: list[str] = LOCAL, roles: frozenset[str] = frozenset(), *, workers: int = 1, offset: int = 0
) -> Iterator[list[Listener]]:
    listeners = open_listeners(Config("x.test", ports={**NONE, **ports}, workers=workers), bind, offset, roles)
    try:
        yield listeners
    finally:
        for listener in listeners:
            listener.socket.close()


def test_every_worker_has_a_socket_of_its_own_on_one_port() -> None:
    port = free_port()
    with opened({"imap": port}, workers=3) as listeners:
        assert [listener.process for listener in listeners] == ["worker-0", "worker-1", "worker-2"]
        assert {listener.socket.getsockname() for listener in listeners} == {("127.0.0.1", port)}


def test_the_web_has_one() -> None:
    with opened({"https": free_port()}, workers=3) as listeners:
        assert [(listener.service, listener.process) for listener in listeners] == [("https", "web")]


@pytest.mark.parametrize(
    ("roles", "services"),
    [
        ([], ["smtp", "lmtp", "imap", "https"]),
        (["smtp"], ["smtp", "lmtp"]),
        (["mx"], ["smtp"]),
        (["imap"], ["imap"]),
        (["lmtp", "web"], ["lmtp", "https"]),
        (["pop3"], []),
    ],
)
def test_roles_choose_listeners(roles: list[str], services: list[str]) -> None:
    ports = {name: free_port() for name in ("smtp", "lmtp", "imap", "https")}
    with opened(ports, roles=frozenset(roles)) as listeners:
        assert [listener.service for listener in listeners] == services


def test_the_offset_is_added() -> None:
    port = free_port()
    with opened({"imap": port - 1_000}, offset=1_000) as listeners:
        assert [listener.socket.getsockname()[1] for listener in listeners] == [port]


def test_lmtp_is_for_the_machine_itself() -> None:
    ports = {"lmtp": free_port(), "imap": free_port()}
    with opened(ports, ["0.0.0.0"]) as listeners:
        assert {listener.service: listener.socket.getsockname()[0] for listener in listeners} == {
            "lmtp": "127.0.0.1",
            "imap": "0.0.0.0",
        }


def test_a_port_that_is_taken_is_named_and_nothing_stays_open() -> None:
    free = free_port()
    with listen("127.0.0.1", 0, shared=False) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=f"127.0.0.1 port {port} for imap.*in use") as raised:
            open_listeners(Config("x.test", ports={**NONE, "smtp": free, "imap": port}, workers=2), LOCAL, 0, frozenset())
        assert "--port-offset" not in str(raised.value)
    listen("127.0.0.1", free, shared=False).close()


def test_a_taken_port_of_the_sixth_version_is_named_too() -> None:
    try:
        taken = listen("::1", 0, shared=False)
    except OSError:
        pytest.skip("this machine has no IPv6 on loopback")
    with taken, pytest.raises(Unavailable, match="::1"):
        open_listeners(Config("x.test", ports={**NONE, "imap": taken.getsockname()[1]}), ["::1"], 0, frozenset())


def test_a_machine_without_ipv6_listens_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def fourth_only(host: str, port: int, *, shared: bool) -> socket.socket:
        if ":" in host:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return listen(host, port, shared=shared)

    monkeypatch.setattr(module, "listen", fourth_only)
    with opened({"imap": free_port()}, ["127.0.0.1", "::"]) as listeners:
        assert len(listeners) == 1
    with pytest.raises(Unavailable, match="2001:db8::1"):
        open_listeners(Config("x.test", ports={**NONE, "imap": 1143}), ["2001:db8::1"], 0, frozenset())


def test_what_is_no_address_or_no_port_is_said() -> None:
    with pytest.raises(Unavailable, match=r"192\.0\.2\.1"):
        open_listeners(Config("x.test", ports={**NONE, "imap": 1143}), ["192.0.2.1"], 0, frozenset())
    with pytest.raises(Unavailable, match="nonsense"):
        open_listeners(Config("x.test", ports={**NONE, "imap": 1143}), ["nonsense"], 0, frozenset())
    with pytest.raises(Invalid, match="65535"):
        open_listeners(Config("x.test", ports={**NONE, "imap": 60_000}), LOCAL, 20_000, frozenset())
