"""A DNS server on loopback, over UDP and TCP, with a table of records."""

import socket
import socketserver
import struct
import threading
from collections.abc import Mapping
from typing import Any, Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = Mapping[tuple[str, str], list[str]]
"""Name with a final dot and type, to values: ``("example.org.", "MX"): ["10 mx.example.org."]``."""


class _Datagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        octets, answering = self.request
        assert isinstance(answering, socket.socket)
        answering.sendto(_answer(self.server, octets), self.client_address)


class _Stream(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while len(head := self.rfile.read(2)) == 2:
            answer = _answer(self.server, self.rfile.read(*struct.unpack("!H", head)))
            self.wfile.write(struct.pack("!H", len(answer)) + answer)


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class NameServer:
    """Answers from its table; a name that is nowhere in it does not exist. ``vouching``: as if it had checked signatures (AD)."""

    def __init__(self, records: Records, *, vouching: bool = False) -> None:
        self._tcp = _Tcp(("127.0.0.1", 0), _Stream)
        self._udp = _Udp(self._tcp.server_address, _Datagram)
        self._threads = []
        for server in (self._tcp, self._udp):
            server.records, server.vouching = records, vouching  # type: ignore[union-attr]  # read by the handlers
            self._threads.append(threading.Thread(target=server.serve_forever, daemon=True))

    @property
    def address(self) -> str:
        """As the setting ``dns.resolvers`` wants it."""
        return f"127.0.0.1:{self._tcp.server_address[1]}"

    def __enter__(self) -> Self:
        """Begin to answer."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop."""
        for server, thread in zip((self._tcp, self._udp), self._threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()


def _answer(server: Any, octets: bytes) -> bytes:
    records: Records = server.records
    query = dns.message.from_wire(octets)
    answer = dns.message.make_response(query, recursion_available=True)
    if server.vouching:
        answer.flags |= dns.flags.AD
    [question] = query.question
    name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
    values = records.get((name, kind))
    if values:
        answer.answer.append(dns.rrset.from_text(question.name, 1, "IN", kind, *values))
    elif not any(known == name for known, _ in records):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire()
