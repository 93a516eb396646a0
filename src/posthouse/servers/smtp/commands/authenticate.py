"""AUTH: who is submitting."""

from posthouse.foundation.errors import AuthenticationFailed, PosthouseError
from posthouse.model.principal import Principal
from posthouse.protocols.sasl.registry import server_mechanism
from posthouse.protocols.sasl.types import Challenge, Credentials, Failure, Proof, Secrets, Step, Wanted
from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.commands import Auth
from posthouse.protocols.smtp.events import AuthResponse
from posthouse.protocols.smtp.replies import Reply
from posthouse.servers.smtp.answers import (
    ELSEWHERE,
    ENCRYPTION_REQUIRED,
    NO_DELEGATION,
    NO_SUCH_MECHANISM,
    WELCOME,
    authentication_reply,
)
from posthouse.servers.smtp.dialogue import Dialogue
from posthouse.servers.smtp.roles import Role
from posthouse.services.guard.guarding import SignInBlocked


async def auth(dialogue: Dialogue, command: Auth) -> None:
    """Begin an exchange, where signing in is possible at all."""
    if dialogue.role is not Role.SUBMISSION:
        dialogue.reply(ELSEWHERE)
    elif not dialogue.may_send_password:
        dialogue.reply(ENCRYPTION_REQUIRED)
    elif command.mechanism not in dialogue.mechanisms:
        dialogue.reply(NO_SUCH_MECHANISM)
    else:
        nonce = dialogue.house.authenticator.nonce()
        dialogue.mechanism = server_mechanism(command.mechanism, nonce, dialogue.mechanisms, dialogue.bindings)
        await _step(dialogue, dialogue.mechanism.start(command.initial_response))


async def auth_response(dialogue: Dialogue, event: AuthResponse) -> None:
    """Go on with the exchange."""
    assert dialogue.mechanism is not None, "AUTH was accepted"
    await _step(dialogue, dialogue.mechanism.respond(event.octets))


async def _step(dialogue: Dialogue, step: Step) -> None:
    match step:
        case Challenge():
            dialogue.challenge(step.octets)
        case Failure():
            dialogue.reply(Reply(Code.ARGUMENTS_UNRECOGNIZED, step.reason, Detail.INVALID_ARGUMENTS))
        case Credentials() | Proof() if step.authzid and step.authzid != step.authcid:
            dialogue.reply(NO_DELEGATION)
        case Credentials() | Proof():
            await _sign_in(dialogue, step)
        case Wanted():
            await _inquire(dialogue, step)


async def _inquire(dialogue: Dialogue, wanted: Wanted) -> None:
    """Give the mechanism what it needs to judge a proof."""
    assert dialogue.mechanism is not None, "AUTH was accepted"
    try:
        dialogue.inquiry = inquiry = await dialogue.house.authenticator.inquire(
            wanted.authcid, wanted.scheme, dialogue.source, wanted.token
        )
    except PosthouseError as error:
        dialogue.reply(authentication_reply(error))
    else:
        kept = Secrets(inquiry.verifiers, inquiry.salt, inquiry.iterations, inquiry.discovery)
        await _step(dialogue, dialogue.mechanism.supply(kept))


async def _sign_in(dialogue: Dialogue, claimed: Credentials | Proof) -> None:
    try:
        principal = await _principal(dialogue, claimed)
    except (AuthenticationFailed, SignInBlocked) as error:
        await dialogue.reply_to_wrong_password(authentication_reply(error))
    except PosthouseError as error:
        dialogue.reply(authentication_reply(error))
    else:
        await dialogue.signed_in(principal)
        dialogue.reply(WELCOME)


async def _principal(dialogue: Dialogue, claimed: Credentials | Proof) -> Principal:
    """Who has signed in. Raises: what the authenticator raises."""
    authenticator = dialogue.house.authenticator
    if isinstance(claimed, Credentials):
        return await authenticator.authenticate(claimed.authcid, claimed.password, dialogue.source)
    assert dialogue.inquiry is not None, "a proof was asked for"
    return await authenticator.settle(dialogue.inquiry, claimed.number)
