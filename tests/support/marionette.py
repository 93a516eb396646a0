"""Driving a Mozilla program from outside, by the protocol its own tests use (Marionette, version 3)."""

import base64
import json
import socket
import time
from typing import Any

CONNECT_SECONDS = 60.0
ANSWER_SECONDS = 120.0


class Marionette:
    """One session with a program started with ``--marionette`` that listens on ``port``."""

    def __init__(self, port: int) -> None:
        self._socket = _connect(port)
        self._buffer = b""
        self._number = 0
        self._message()
        self.ask("WebDriver:NewSession", {"capabilities": {}})
        self.ask("Marionette:SetContext", {"value": "chrome"})
        self.ask("WebDriver:SetTimeouts", {"script": int(ANSWER_SECONDS * 1_000)})

    def close(self) -> None:
        """End the session; the program goes on."""
        self._socket.close()

    def ask(self, command: str, parameters: dict[str, Any]) -> Any:
        """Give a command; returns its result. Raises: AssertionError with what the program says."""
        self._number += 1
        octets = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(octets), octets))
        _, number, error, result = self._message()
        assert number == self._number
        assert error is None, (command, error)
        return result.get("value") if isinstance(result, dict) else result

    def script(self, body: str, *arguments: Any) -> Any:
        """Run the body of an asynchronous function with the rights of the program itself; returns what it returns."""
        wrapped = f"const done = arguments[arguments.length - 1]; (async (...args) => {{ {body} }})(...arguments)"
        wrapped += (
            ".then(value => done([true, value ?? null]), error => done([false, String(error) + (error && error.stack || '')]));"
        )
        parameters = {"script": wrapped, "args": list(arguments), "newSandbox": True, "sandbox": "system"}
        is_done, value = self.ask("WebDriver:ExecuteAsyncScript", parameters)
        assert is_done, value
        return value

    def screenshot(self) -> bytes:
        """What the window shows, as PNG."""
        return base64.b64decode(self.ask("WebDriver:TakeScreenshot", {"full": False, "hash": False}))

    def _message(self) -> Any:
        while b":" not in self._buffer:
            self._receive()
        length, _, self._buffer = self._buffer.partition(b":")
        while len(self._buffer) < int(length):
            self._receive()
        octets, self._buffer = self._buffer[: int(length)], self._buffer[int(length) :]
        return json.loads(octets)

    def _receive(self) -> None:
        octets = self._socket.recv(65_536)
        assert octets, "the program has closed the connection"
        self._buffer += octets


def _connect(port: int) -> socket.socket:
    end = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
