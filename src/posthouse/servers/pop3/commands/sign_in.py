"""USER, PASS, AUTH: whose maildrop."""

from posthouse.foundation.errors import AuthenticationFailed, PosthouseError
from posthouse.foundation.ids import to_text
from posthouse.model.principal import Principal
from posthouse.ports.limiter import Window
from posthouse.protocols.pop3.commands import Auth, Pass, User
from posthouse.protocols.pop3.events import AuthResponse
from posthouse.protocols.pop3.responses import Response, err, ok
from posthouse.protocols.sasl.registry import server_mechanism
from posthouse.protocols.sasl.types import Challenge, Credentials, Failure, Proof, Secrets, Step, Wanted
from posthouse.servers.pop3.answers import (
    NO_DELEGATION,
    NO_SUCH_MECHANISM,
    SEND_PASSWORD,
    TLS_FIRST,
    response_to,
    too_soon,
)
from posthouse.servers.pop3.dialogue import Dialogue
from posthouse.servers.pop3.maildrop import open_maildrop
from posthouse.servers.pop3.policy import policy_of
from posthouse.services.guard.guarding import SignInBlocked
from posthouse.services.mail import Mail

LOGINS = "pop3-logins"


async def user(dialogue: Dialogue, _: User) -> None:
    """Ask for the password, whoever it is."""
    dialogue.reply(SEND_PASSWORD if dialogue.may_send_password else TLS_FIRST)


async def pass_(dialogue: Dialogue, command: Pass) -> None:
    """Check the password."""
    await _sign_in(dialogue, Credentials(dialogue.connection.user, command.password))


async def auth(dialogue: Dialogue, command: Auth) -> None:
    """Begin an exchange; without a mechanism, name those there are."""
    if not dialogue.may_send_password:
        dialogue.reply(TLS_FIRST)
    elif not command.mechanism:
        dialogue.reply_listing(ok(), dialogue.mechanisms)
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
            dialogue.reply(err(step.reason))
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
        dialogue.reply(response_to(error))
    else:
        kept = Secrets(inquiry.verifiers, inquiry.salt, inquiry.iterations, inquiry.discovery)
        await _step(dialogue, dialogue.mechanism.supply(kept))


async def _sign_in(dialogue: Dialogue, claimed: Credentials | Proof) -> None:
    house = dialogue.house
    try:
        principal = await _principal(dialogue, claimed)
        policy = await policy_of(principal, house.settings)
        delayed = await _delayed(dialogue, principal, policy.login_delay_seconds)
        if delayed is not None:
            dialogue.reply(delayed)
            return
        maildrop = await open_maildrop(Mail(principal, principal.account_id, house.accounts), house.budget)
    except (AuthenticationFailed, SignInBlocked) as error:
        await dialogue.reply_to_wrong_password(response_to(error))
    except PosthouseError as error:
        dialogue.reply(response_to(error))
    else:
        await dialogue.signed_in(principal, maildrop, policy)
        dialogue.reply(ok(f"{len(maildrop)} messages, {maildrop.size_octets} octets"))


async def _principal(dialogue: Dialogue, claimed: Credentials | Proof) -> Principal:
    """Who has signed in. Raises: what the authenticator raises."""
    authenticator = dialogue.house.authenticator
    if isinstance(claimed, Credentials):
        return await authenticator.authenticate(claimed.authcid, claimed.password, dialogue.source)
    assert dialogue.inquiry is not None, "a proof was asked for"
    return await authenticator.settle(dialogue.inquiry, claimed.number)


async def _delayed(dialogue: Dialogue, principal: Principal, seconds: int) -> Response | None:
    """Whether the mailbox was polled a moment ago, through whichever worker (capability A12; off by default)."""
    if not seconds:
        return None
    decision = await dialogue.house.limiter.take(LOGINS, to_text(principal.account_id), Window(1, seconds))
    return None if decision.allowed else too_soon(decision.retry_after)
