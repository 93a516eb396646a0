"""``posthouse serve``: the supervisor and what it runs."""

import logging
import os
import resource
import socket
import sys
from collections.abc import Callable, Sequence

import msgspec

from posthouse.bootstrap.config import Config, read_config
from posthouse.bootstrap.house import ServerFile
from posthouse.bootstrap.layout import Layout
from posthouse.bootstrap.listeners import Listener, open_listeners
from posthouse.bootstrap.lock import next_epoch, take_lock
from posthouse.bootstrap.processes.child import run_child
from posthouse.bootstrap.processes.keeper import Keeper
from posthouse.bootstrap.processes.supervisor import Supervisor
from posthouse.bootstrap.processes.web_worker import WebWorker
from posthouse.bootstrap.processes.worker import worker_process
from posthouse.bootstrap.storage import worker_name
from posthouse.foundation.errors import Invalid

SWITCH_SECONDS = 0.0005
MOST_FILES = 1_000_000


def serve(layout: Layout, *, bind: Sequence[str] = (), port_offset: int = 0, roles: Sequence[str] = (), workers: int = 0) -> int:
    """Serve an installation until SIGTERM; prints ``posthouse ready`` when every listener accepts. Returns the exit status.

    Raises: NotFound, Invalid for the configuration; Busy when a server runs already; Unavailable when a port cannot be had.
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    config = read_config(layout)
    if workers:
        config = msgspec.structs.replace(config, workers=workers)
    lock = take_lock(layout)
    os.set_inheritable(lock, True)
    listeners = open_listeners(config, list(bind or config.bind), port_offset, frozenset(roles))
    _become_user(config)
    _say(layout, ServerFile(os.getpid(), config.worker_count, port_offset, list(bind or config.bind)))
    sys.setswitchinterval(SWITCH_SECONDS)
    _raise_file_limit()
    children = _children(layout, config, listeners)
    try:
        return Supervisor(children, lambda: print("posthouse ready", flush=True)).run()  # noqa: T201 - the contract with scripts
    finally:
        layout.server.unlink(missing_ok=True)


def _children(layout: Layout, config: Config, listeners: list[Listener]) -> dict[str, Callable[[int], int]]:
    def mine(name: str) -> list[Listener]:
        """The sockets of one process; the new process closes its copies of all others."""
        for listener in listeners:
            if listener.process != name:
                listener.socket.close()
        return [listener for listener in listeners if listener.process == name]

    def keeper(heartbeat: int) -> int:
        mine("keeper")
        return run_child(lambda: Keeper(layout), heartbeat)

    def web(heartbeat: int) -> int:
        own = mine("web")
        return run_child(lambda: WebWorker(layout, config, _by_service(own)), heartbeat)

    def worker(slot: int) -> Callable[[int], int]:
        def run(heartbeat: int) -> int:
            own = mine(worker_name(slot))
            place = (slot, config.worker_count)
            return run_child(lambda: worker_process(layout, config, place, lambda: next_epoch(layout), own), heartbeat)

        return run

    children: dict[str, Callable[[int], int]] = {"keeper": keeper}
    children.update({worker_name(slot): worker(slot) for slot in range(config.worker_count)})
    if any(listener.process == "web" for listener in listeners):
        children["web"] = web
    return children


def _by_service(listeners: list[Listener]) -> dict[str, list[socket.socket]]:
    found: dict[str, list[socket.socket]] = {}
    for listener in listeners:
        found.setdefault(listener.service, []).append(listener.socket)
    return found


def _raise_file_limit() -> None:
    """A connection is a file, a body in the spool another: take as many as the system gives."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _say(layout: Layout, server: ServerFile) -> None:
    fresh = layout.server.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(server))
    fresh.replace(layout.server)


def _become_user(config: Config) -> None:
    """Give up root once the ports are bound (capability J5)."""
    if not config.user or os.geteuid() != 0:
        return
    import pwd

    try:
        user = pwd.getpwnam(config.user)
    except KeyError as error:
        raise Invalid(f"posthouse.toml: there is no user {config.user} on this machine") from error
    os.initgroups(config.user, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
