"""The supervisor: opens the listeners, keeps them open, starts the processes and replaces those that die or hang.

It runs no event loop and no thread, so that it can fork at any time; a child inherits the sockets and the modules that are loaded.
A killed worker's sockets stay open here: connections wait in their backlog until the replacement accepts them.
"""

import contextlib
import logging
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from posthouse.bootstrap.processes.child import READY

SILENCE_SECONDS = 5.0
START_SECONDS = 60.0
STOP_SECONDS = 9.0
QUICK_DEATH_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 5.0
_log = logging.getLogger(__name__)


@dataclass
class _Child:
    name: str
    run: Callable[[int], int]
    """Called in the new process with the heartbeat pipe; returns the exit status."""
    pid: int = 0
    pipe: int = -1
    started_at: float = 0.0
    heard_at: float = 0.0
    ready: bool = False
    deaths: int = 0
    start_at: float = field(default=0.0)


class Supervisor:
    """Keeps a fixed set of processes alive until it is told to stop."""

    def __init__(self, children: dict[str, Callable[[int], int]], announce: Callable[[], None]) -> None:
        self._children = [_Child(name, run) for name, run in children.items()]
        self._announce = announce
        self._announced = False
        self._stopping = False
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; returns the exit status."""
        wake, woken = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        self._selector.register(wake, selectors.EVENT_READ, None)
        while not self._stopping:
            self._start_due()
            for key, _ in self._selector.select(0.25):
                if key.data is None:
                    self._signals(os.read(wake, 4096))
                else:
                    self._hear(key.data)
            self._bury()
            self._kill_silent()
        return self._stop()

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.pid == 0 and child.start_at <= now:
                self._start(child, now)

    def _start(self, child: _Child, now: float) -> None:
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            _become(child, writing, self._selector)
        os.close(writing)
        os.set_blocking(reading, False)
        child.pid, child.pipe, child.ready = pid, reading, False
        child.started_at = child.heard_at = now
        self._selector.register(reading, selectors.EVENT_READ, child)

    def _hear(self, child: _Child) -> None:
        with contextlib.suppress(BlockingIOError):
            words = os.read(child.pipe, 4096)
            if words:
                child.heard_at = time.monotonic()
                child.ready = child.ready or READY in words
            else:
                self._selector.unregister(child.pipe)
        if not self._announced and all(child.ready for child in self._children):
            self._announced = True
            self._announce()

    def _bury(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                self._died(pid, status)

    def _died(self, pid: int, status: int) -> None:
        child = next((child for child in self._children if child.pid == pid), None)
        if child is None:
            return
        now = time.monotonic()
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(child.pipe)
        os.close(child.pipe)
        child.deaths = child.deaths + 1 if now - child.started_at < QUICK_DEATH_SECONDS else 0
        child.pid = 0
        child.start_at = now + min(LONGEST_WAIT_SECONDS, 0.1 * 2**child.deaths if child.deaths else 0.0)
        if not self._stopping:
            _log.error("%s died (%s); it is replaced", child.name, _said(status))

    def _kill_silent(self) -> None:
        now = time.monotonic()
        for child in self._children:
            patience = SILENCE_SECONDS if child.ready else START_SECONDS
            if child.pid and now - child.heard_at > patience:
                _log.error("%s has been silent for %.0f seconds; it is killed", child.name, now - child.heard_at)
                child.heard_at = now
                self._signal(child, signal.SIGKILL)

    def _signals(self, numbers: bytes) -> None:
        for number in numbers:
            if number in {signal.SIGTERM, signal.SIGINT}:
                self._stopping = True
            elif number == signal.SIGHUP:
                for child in self._children:
                    self._signal(child, signal.SIGHUP)

    def _stop(self) -> int:
        for child in self._children:
            self._signal(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(child.pid for child in self._children) and time.monotonic() < deadline:
            self._bury()
            time.sleep(0.02)
        for child in self._children:
            self._signal(child, signal.SIGKILL)
        return 0

    @staticmethod
    def _signal(child: _Child, number: int) -> None:
        if child.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, number)


def _become(child: _Child, heartbeat: int, selector: selectors.BaseSelector) -> None:
    """In the new process: forget what is the supervisor's, run, and leave without its exit handlers."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        selector.close()
        os.set_blocking(heartbeat, False)
        status = child.run(heartbeat)
    except KeyboardInterrupt:
        status = 130
    except BaseException:  # noqa: BLE001 - the process ends here, with its reason in the log
        _log.exception("%s failed", child.name)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _said(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"signal {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exit status {os.waitstatus_to_exitcode(status)}"
