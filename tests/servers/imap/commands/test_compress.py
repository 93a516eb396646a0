"""COMPRESS over a real socket (RFC 4978)."""

import zlib

from tests.support.imap_server import ImapServer
from tests.support.mail_house import DOMAIN, PASSWORD
from tests.support.waiting import eventually

from posthouse.transport.deflate import STATE_OCTETS


async def test_a_session_goes_on_compressed(server: ImapServer) -> None:
    client = await server.connect()
    reader, writer = client.reader, client.writer
    writer.write(f"a1 LOGIN alice@{DOMAIN} {PASSWORD}\r\n".encode())
    await reader.readuntil(b"a1 OK")
    assert b"COMPRESS=DEFLATE" in await reader.readline()
    free = server.house.budget.free
    writer.write(b"a2 COMPRESS LZ4\r\na3 COMPRESS DEFLATE\r\n")
    assert await reader.readline() == b"a2 BAD Only DEFLATE is known here\r\n"
    assert await reader.readline() == b"a3 OK Compressed from here on\r\n"
    assert server.house.budget.free == free - STATE_OCTETS
    ours, theirs = zlib.compressobj(9, zlib.DEFLATED, -15), zlib.decompressobj(-15)

    async def ask(line: bytes, end: bytes) -> bytes:
        writer.write(ours.compress(line) + ours.flush(zlib.Z_SYNC_FLUSH))
        said = b""
        while end not in said:
            said += theirs.decompress(await reader.read(65_536))
        return said

    assert b"COMPRESS" not in await ask(b"b1 CAPABILITY\r\n", b"b1 OK")
    assert b"b2 NO [COMPRESSIONACTIVE] " in await ask(b"b2 COMPRESS DEFLATE\r\n", b"active")
    assert b"EXISTS" in await ask(b"b3 SELECT INBOX\r\n", b"b3 OK")
    await ask(b"b4 LOGOUT\r\n", b"b4 OK")
    await eventually(lambda: server.house.budget.free == free)


async def test_without_memory_it_goes_on_as_it_was(server: ImapServer) -> None:
    client = await server.connect()
    reader, writer = client.reader, client.writer
    writer.write(f"a1 LOGIN alice@{DOMAIN} {PASSWORD}\r\n".encode())
    await reader.readuntil(b"a1 OK")
    taken = server.house.budget.free - 10
    assert server.house.budget.take(taken)
    writer.write(b"a2 COMPRESS DEFLATE\r\na3 NOOP\r\n")
    await reader.readuntil(b"a2 NO [LIMIT] ")
    await reader.readuntil(b"a3 OK")
    server.house.budget.give(taken)
