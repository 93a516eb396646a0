"""RESETKEY and GENURLAUTH (RFC 4467 §7)."""

from posthouse.foundation.errors import Invalid, NotFound, NotPermitted
from posthouse.protocols.imap.commands.urls.urlauth import GenUrlAuth, ResetKey
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses import urls as response
from posthouse.protocols.imap.url.authorised import INTERNAL, Token, with_token
from posthouse.servers.imap.answers import Bad, Done, No
from posthouse.servers.imap.session import Session


async def reset_key(session: Session, command: ResetKey) -> Done:
    """Replace the key of a mailbox, or make all keys of this person void."""
    principal = session.the_principal()
    if command.mailbox is None:
        await session.house.urls.void_keys(principal)
        return Done("All URLs are void")
    _require_internal(*command.mechanisms)
    try:
        await session.house.urls.renew_key(principal, command.mailbox)
    except NotFound as missing:
        raise No(str(missing), codes.NONEXISTENT) from None
    return Done("URLs of the mailbox are void", codes.URLMECH_INTERNAL)


async def gen_urlauth(session: Session, command: GenUrlAuth) -> Done:
    """Authorise URLs, all or none. What is wrong with one is BAD, as the RFC wants it."""
    principal = session.the_principal()
    _require_internal(*[mechanism for _, mechanism in command.wanted])
    urls = []
    for rump, _ in command.wanted:
        try:
            digits = await session.house.urls.sign(principal, rump)
        except (Invalid, NotFound, NotPermitted) as error:
            raise Bad(_capitalised(str(error))) from None
        urls.append(with_token(rump, Token(INTERNAL, digits)))
    session.write(response.gen_urlauth(urls))
    return Done("URLs authorised")


def _require_internal(*mechanisms: str) -> None:
    """Raises: Bad."""
    if any(mechanism != INTERNAL for mechanism in mechanisms):
        raise Bad("The only mechanism here is INTERNAL")


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]
