"""The fields a server puts on top: Received and Return-Path (RFC 5321 §4.4)."""

import re
from datetime import UTC, datetime
from typing import Final

from posthouse.formats.header.date import format_date
from posthouse.formats.header.fields import every, header_end
from posthouse.model.content import Body, Content
from posthouse.services.receive.reception import Client

_NOT_A_NAME: Final = re.compile(r"[^A-Za-z0-9.:\[\]_-]")
NAME_CHARACTERS: Final = 255


def received_field(client: Client, hostname: str, trace: str, recipient: str, received_at: float) -> bytes:
    """One Received field with its CRLF; ``trace`` is the trace id as people see it.

    ``recipient`` is named where it is the only one and ASCII, else empty.

    What the client called itself is shown only as far as it could be a host name: it cannot forge another clause.
    """
    origin = _NOT_A_NAME.sub("?", client.name)[:NAME_CHARACTERS] or "unknown"
    if client.address:
        literal = f"[IPv6:{client.address}]" if ":" in client.address else f"[{client.address}]"
        origin = f"{origin} ({literal})"
    lines = [f"Received: from {origin}", f"\tby {hostname} with {client.protocol} id {trace}"]
    if client.tls:
        lines.append(f"\t({client.tls})")
    if recipient.isascii() and recipient:
        lines.append(f"\tfor <{recipient}>")
    date = format_date(datetime.fromtimestamp(received_at, UTC))
    return ("\r\n".join(lines) + f";\r\n\t{date}\r\n").encode()


def return_path_field(reverse_path: str) -> bytes:
    """The Return-Path field of the final delivery, with its CRLF."""
    return f"Return-Path: <{reverse_path}>\r\n".encode()


def hops(head: bytes) -> int:
    """How many servers a message has come through: its Received fields within these first octets (RFC 5321 §6.3)."""
    return len(every(head, b"received"))


def with_header(body: Body, head: bytes) -> Content:
    """The content as it came; a text without any header gets the blank line that divides it from the fields put on top."""
    content = Content(body)
    return content.with_prefix(b"\r\n") if head and header_end(head) == 0 else content
