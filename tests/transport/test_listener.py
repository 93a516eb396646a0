"""Listening sockets."""

import errno
import socket

import pytest

from posthouse.transport.listener import listen


def test_a_listener_accepts_and_waits_for_nobody() -> None:
    with listen("127.0.0.1", 0, shared=False) as listener:
        assert not listener.getblocking()
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        with socket.create_connection(listener.getsockname(), timeout=5):
            pass


def test_a_port_that_is_taken_is_said() -> None:
    with listen("127.0.0.1", 0, shared=False) as taken, pytest.raises(OSError, match=r".") as raised:
        listen("127.0.0.1", taken.getsockname()[1], shared=False)
    assert raised.value.errno == errno.EADDRINUSE


def test_an_address_of_somebody_else_is_said() -> None:
    with pytest.raises(OSError, match=r"."):
        listen("192.0.2.1", 0, shared=False)
    with pytest.raises(OSError, match=r"."):
        listen("no address", 0, shared=False)


def test_shared_listeners_have_one_port() -> None:
    with listen("127.0.0.1", 0, shared=True) as first, listen("127.0.0.1", first.getsockname()[1], shared=True) as second:
        assert first.getsockname() == second.getsockname()


def test_ipv6_is_a_listener_of_its_own() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        sixth = listen("::1", 0, shared=False)
    except OSError:
        pytest.skip("this machine has no IPv6 on loopback")
    with sixth, listen("127.0.0.1", sixth.getsockname()[1], shared=False):
        assert sixth.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
