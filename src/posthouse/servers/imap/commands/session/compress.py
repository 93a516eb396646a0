"""COMPRESS (RFC 4978)."""

from posthouse.protocols.imap.commands.session.compress import Compress
from posthouse.servers.imap.answers import Bad
from posthouse.servers.imap.session import Session


async def compress(session: Session, command: Compress) -> None:
    """Go on compressed; the answer itself is not yet.

    Raises: Bad for an algorithm nobody has announced; No.
    """
    if command.algorithm != "DEFLATE":
        raise Bad("Only DEFLATE is known here")
    session.compress()
