"""LANGUAGE (RFC 5255 §3.2): in which language people are spoken to."""

from posthouse.protocols.imap.commands.session.language import Language
from posthouse.protocols.imap.responses import session as response
from posthouse.servers.imap.answers import Done, No
from posthouse.servers.imap.session import Session
from posthouse.services.languages.speaking import DEFAULT, LANGUAGES, chosen


async def language(session: Session, command: Language) -> Done:
    """Speak the first of the languages wanted that is known; without any, say which are."""
    if not command.ranges:
        session.write(response.language([*LANGUAGES, DEFAULT]))
        return Done("Languages listed")
    tag = chosen(command.ranges)
    if tag is None:
        raise No("That language is not spoken here")
    session.modes.language = tag
    session.write(response.language([tag]))
    return Done("These are the words")
