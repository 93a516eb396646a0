"""Chromium without a window, driven by the DevTools protocol over a pair of pipes."""

import base64
import itertools
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS = 30.0
"""For an answer, or for something to be so."""


class Chromium:
    """One browser with one page."""

    def __init__(self, program: str, profile: Path) -> None:
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        shown = [
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--ignore-certificate-errors"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"),
            *("--host-resolver-rules=MAP mail.example.test 127.0.0.1", f"--user-data-dir={profile}", "about:blank"),
        ]
        # Chromium reads commands from descriptor 3 and writes answers to descriptor 4.
        script = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            ["bash", "-c", script, program, *shown],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._in, self._out = ours_in, ours_out
        self._buffer = b""
        self._numbers = itertools.count(1)
        target = self._call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self._session = self._call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        self.call("Page.enable")
        self.call("Runtime.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the page."""
        return self._call(method, parameters, self._session)

    def open(self, address: str) -> None:
        """Go to an address and wait until it is shown."""
        self.call("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, script: str) -> Any:
        """The value of a script, once it is there."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until a script is true; pages may change meanwhile."""
        end = time.monotonic() + SECONDS
        while True:
            try:
                if self.run(script):
                    return
            except DevToolsError:
                pass
            assert time.monotonic() < end, (script, self.run("location.href + ' ' + document.body.innerText"))
            time.sleep(0.05)

    def fill(self, **fields: str) -> None:
        """Fill in fields by their ids."""
        for name, value in fields.items():
            self.run(f"document.getElementById({json.dumps(name)}).value = {json.dumps(value)}")

    def press(self, selector: str) -> None:
        """Press a button, and wait for the page that comes where one does."""
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def picture(self, path: Path, width: int, *, dark: bool = False) -> None:
        """Take a picture of the whole page."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def stop(self) -> None:
        """Stop it."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        os.close(self._in)
        os.close(self._out)

    def _call(self, method: str, parameters: dict[str, Any], session: str = "") -> Any:
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + SECONDS
        while True:
            answer = self._next(end)
            if answer.get("id") == number:
                if "error" in answer:
                    raise DevToolsError(f"{method}: {answer['error']}")
                return answer["result"]

    def _next(self, end: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0.0, end - time.monotonic()))
            read = os.read(self._in, 1 << 20) if ready else b""
            if not read:
                raise AssertionError("Chromium says nothing")
            self._buffer += read
        line, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(line)
        return found


class DevToolsError(Exception):
    """Chromium could not do it: the page has changed meanwhile, for one."""


@contextmanager
def chromium(program: str, profile: Path) -> Iterator[Chromium]:
    """A browser that is stopped in the end."""
    started = Chromium(program, profile)
    try:
        yield started
    finally:
        started.stop()
