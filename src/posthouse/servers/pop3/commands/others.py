"""CAPA, STLS, UTF8, LANG, NOOP, QUIT, and what is wrong."""

from posthouse.foundation.errors import PosthouseError
from posthouse.protocols.pop3 import responses
from posthouse.protocols.pop3.capabilities import capabilities
from posthouse.protocols.pop3.commands import Capa, Lang, Noop, Quit, Stls, Utf8
from posthouse.protocols.pop3.events import Violation
from posthouse.protocols.pop3.responses import ResponseCode, err, ok
from posthouse.protocols.pop3.state import State
from posthouse.servers.pop3.answers import NO_STLS, NO_SUCH_LANGUAGE
from posthouse.servers.pop3.dialogue import Dialogue
from posthouse.services.languages.speaking import DEFAULT, ENGLISH, LANGUAGES, chosen, translated


async def capa(dialogue: Dialogue, _: Capa) -> None:
    """What can be done here, now."""
    lines = capabilities(
        mechanisms=dialogue.mechanisms if dialogue.may_send_password else (),
        stls=dialogue.offers_stls,
        login_delay_seconds=dialogue.policy.login_delay_seconds,
        expire_days=dialogue.policy.expire_days,
        may_differ=dialogue.connection.state is not State.TRANSACTION,
    )
    dialogue.reply_listing(ok("capability list follows"), lines)


async def stls(dialogue: Dialogue, _: Stls) -> None:
    """Secure the connection; the session's driver does the handshake."""
    dialogue.reply(responses.READY_FOR_TLS if dialogue.offers_stls else NO_STLS)


async def utf8(dialogue: Dialogue, _: Utf8) -> None:
    """From now on words may be UTF-8.

    Messages are shown as they were received in either case: a header in UTF-8 that is downgraded (RFC 6857) would break signatures,
    and one that is refused with ``[UTF8]`` would never reach its reader; programs that do not know the command show it well enough.
    """
    dialogue.reply(ok("UTF-8 it is"))


async def lang(dialogue: Dialogue, command: Lang) -> None:
    """Say which languages there are, or speak another one from now on."""
    if not command.tag:
        dialogue.reply_listing(ok("languages"), [f"{tag} {name}" for tag, name in LANGUAGES.items()])
        return
    tag = chosen([command.tag])
    if tag is None:
        dialogue.reply(NO_SUCH_LANGUAGE)
        return
    dialogue.speak(tag)
    dialogue.reply(ok(f"{ENGLISH if tag == DEFAULT else tag} {translated('these are the words', tag)}"))


async def noop(dialogue: Dialogue, _: Noop) -> None:
    """Nothing."""
    dialogue.reply(ok())


async def quit_(dialogue: Dialogue, _: Quit) -> None:
    """Delete what is marked, say goodbye."""
    if dialogue.connection.state is State.TRANSACTION:
        try:
            await dialogue.sign_off()
        except PosthouseError as error:
            dialogue.farewell(err(f"nothing was deleted: {error}", ResponseCode.SYS_TEMP))
            return
    dialogue.reply(responses.GOODBYE)


async def violation(dialogue: Dialogue, event: Violation) -> None:
    """Say what was wrong."""
    dialogue.reply_to_violation(event.response)
