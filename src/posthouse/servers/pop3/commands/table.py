"""Which function gives which event its meaning."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from posthouse.protocols.pop3 import commands as wire
from posthouse.protocols.pop3 import events
from posthouse.servers.pop3.commands import maildrop, others, sign_in
from posthouse.servers.pop3.dialogue import Dialogue

Handler = Callable[[Dialogue, Any], Awaitable[None]]

HANDLERS: Final[Mapping[type, Handler]] = {
    wire.Capa: others.capa,
    wire.User: sign_in.user,
    wire.Pass: sign_in.pass_,
    wire.Auth: sign_in.auth,
    wire.Stls: others.stls,
    wire.Utf8: others.utf8,
    wire.Lang: others.lang,
    wire.Stat: maildrop.stat,
    wire.List: maildrop.list_,
    wire.Uidl: maildrop.uidl,
    wire.Retr: maildrop.retr,
    wire.Top: maildrop.top,
    wire.Dele: maildrop.dele,
    wire.Noop: others.noop,
    wire.Rset: maildrop.rset,
    wire.Quit: others.quit_,
    events.AuthResponse: sign_in.auth_response,
    events.Violation: others.violation,
}
"""APOP is not here: the connection refuses it by itself."""
