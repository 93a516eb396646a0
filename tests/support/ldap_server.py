"""A small LDAP server in a thread: entries, binds, searches with pages, StartTLS; and ways to misbehave."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.support.ldap_values import read_request, written_answer

from posthouse.formats.ber.elements import frame_octets
from posthouse.protocols.ldap.filters import Comparison, Filter, Junction, Negation, Present, Substrings
from posthouse.protocols.ldap.messages import (
    BindRequest,
    BindResponse,
    Entry,
    ExtendedRequest,
    ExtendedResponse,
    Reference,
    Request,
    Response,
    Result,
    ResultCode,
    SearchDone,
    SearchRequest,
    UnbindRequest,
)

SERVICE: Final = ("cn=posthouse,dc=example,dc=test", "the service's secret")
BASE: Final = "ou=people,dc=example,dc=test"
_Attributes = dict[str, tuple[str, ...]]


@dataclass
class LdapServer:
    """What it knows, and how it behaves."""

    port: int = 0
    entries: dict[str, _Attributes] = field(default_factory=dict)
    """Attributes by distinguished name."""
    passwords: dict[str, str] = field(default_factory=lambda: dict([SERVICE]))
    binds: list[str] = field(default_factory=list)
    """Names that were bound, in order, with a wrong password too."""
    searches: list[Filter] = field(default_factory=list)
    connections: int = 0
    results: dict[str, int] = field(default_factory=dict)
    """Result codes of binds with a right password, by name."""
    is_silent: bool = False
    hang_up: bool = False
    """End connections instead of answering a search."""
    hang_up_once: bool = False
    connected: set[socket.socket] = field(default_factory=set)
    octets_before_tls: bytes = b""
    context: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"ldap://127.0.0.1:{self.port}"

    def add(self, name: str, password: str = "", **attributes: str | tuple[str, ...]) -> str:
        """Add somebody below the base; returns the distinguished name."""
        dn = f"uid={name},{BASE}"
        said = {key: (value,) if isinstance(value, str) else value for key, value in attributes.items()}
        self.entries[dn] = {"objectClass": ("person",), "uid": (name,)} | said
        if password:
            self.passwords[dn] = password
        return dn


class _Connection:
    def __init__(self, server: LdapServer, connected: socket.socket) -> None:
        self._server, self._socket = server, connected
        self._bound = ""
        self._received = b""

    def serve(self) -> None:
        try:
            self._serve()
        finally:
            self._socket.close()

    def _serve(self) -> None:
        while (request := self._request()) is not None:
            while self._server.is_silent:
                time.sleep(0.02)
            if isinstance(request[1], UnbindRequest):
                return
            if isinstance(request[1], SearchRequest) and (self._server.hang_up or self._server.hang_up_once):
                self._server.hang_up_once = False
                return
            self._answer(*request)

    def _request(self) -> tuple[int, Request] | None:
        while (size := frame_octets(self._received, 1_000_000)) is None or len(self._received) < size:
            octets = self._socket.recv(65_536)
            if not octets:
                return None
            self._received += octets
        octets, self._received = self._received[:size], self._received[size:]
        return read_request(octets)

    def _answer(self, number: int, request: Request) -> None:
        match request:
            case BindRequest():
                self._say(number, BindResponse(self._bind(request)))
            case SearchRequest():
                self._search(number, request)
            case ExtendedRequest() if self._server.context is not None:
                response = written_answer(number, ExtendedResponse(Result(0)))
                self._socket.sendall(response + self._server.octets_before_tls)
                self._socket = self._server.context.wrap_socket(self._socket, server_side=True)
            case _:
                self._say(number, ExtendedResponse(Result(2, text="not here")))

    def _bind(self, request: BindRequest) -> Result:
        server = self._server
        server.binds.append(request.name)
        if request.name and not request.password:
            return Result(0)  # the trap of RFC 4513 §5.1.2: it looks like success
        is_right = (request.name, request.password) == ("", "") or server.passwords.get(request.name) == request.password
        self._bound = request.name if is_right else ""
        return Result(server.results.get(request.name, 0) if is_right else ResultCode.INVALID_CREDENTIALS)

    def _search(self, number: int, request: SearchRequest) -> None:
        server = self._server
        server.searches.append(request.filter)
        if request.base != BASE:
            self._say(number, SearchDone(Result(ResultCode.NO_SUCH_OBJECT, text="no such base")))
            return
        found = [(dn, said) for dn, said in sorted(server.entries.items()) if _matches(request.filter, said)]
        begin = int(request.cookie or b"0")
        size = request.page or len(found)
        self._say(number, Reference(("ldap://elsewhere.example/",)))
        for index, (dn, said) in enumerate(found[begin : begin + size]):
            if request.size_limit and index >= request.size_limit:
                self._say(number, SearchDone(Result(ResultCode.SIZE_LIMIT_EXCEEDED)))
                return
            shown = {name: values for name, values in said.items() if name in request.attributes}
            attributes = tuple((name, tuple(value.encode() for value in values)) for name, values in shown.items())
            self._say(number, Entry(dn, attributes))
        rest = begin + size < len(found)
        self._say(number, SearchDone(Result(0), str(begin + size).encode() if request.page and rest else b""))

    def _say(self, number: int, response: Response) -> None:
        self._socket.sendall(written_answer(number, response))


@contextmanager
def ldap_server(context: ssl.SSLContext | None = None) -> Iterator[LdapServer]:
    """A server on a loopback port; with a context it does StartTLS."""
    server = LdapServer(context=context)
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]

    def serve(client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            _Connection(server, client).serve()
        server.connected.discard(client)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server.connections += 1
                server.connected.add(client)
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.is_silent = False
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for client in list(server.connected):
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)


def _matches(wanted: Filter, said: _Attributes) -> bool:
    match wanted:
        case Junction():
            parts = [_matches(part, said) for part in wanted.parts]
            return all(parts) if wanted.kind == "&" else any(parts)
        case Negation():
            return not _matches(wanted.part, said)
        case Present():
            return bool(said.get(wanted.attribute))
        case Comparison():
            return wanted.value.decode().lower() in [value.lower() for value in said.get(wanted.attribute, ())]
        case Substrings():
            first, last = wanted.initial.decode(), wanted.final.decode()
            return any(value.startswith(first) and value.endswith(last) for value in said.get(wanted.attribute, ()))
    raise AssertionError(wanted)
