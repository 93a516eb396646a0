"""aioimaplib: many sessions at once in one loop. Arguments: port, CA, user, password."""

import asyncio
import ssl
import sys

from aioimaplib import aioimaplib

port, authority, user, password = sys.argv[1:]


async def session(number: int) -> None:
    context = ssl.create_default_context(cafile=authority)
    client = aioimaplib.IMAP4_SSL(host="localhost", port=int(port), timeout=20, ssl_context=context)
    await client.wait_hello_from_server()
    assert (await client.login(user, password)).result == "OK"
    assert (await client.select("INBOX")).result == "OK"
    appended = await client.append(b"Subject: from aioimaplib %d\r\n\r\nText.\r\n" % number, "INBOX")
    assert appended.result == "OK", appended
    found = await client.uid_search(f'SUBJECT "from aioimaplib {number}"')
    [uid] = found.lines[0].split()
    fetched = await client.uid("fetch", uid.decode(), "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    assert any(b"from aioimaplib %d" % number in line for line in fetched.lines), fetched
    stored = await client.uid("store", uid.decode(), "+FLAGS (\\Seen)")
    assert stored.result == "OK", stored
    idle = await client.idle_start(timeout=5)
    client.idle_done()
    await asyncio.wait_for(idle, 5)
    await client.logout()


async def main() -> None:
    await asyncio.gather(*[session(number) for number in range(10)])


asyncio.run(main())
