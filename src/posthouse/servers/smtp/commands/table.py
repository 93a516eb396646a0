"""Which function gives which event its meaning."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from posthouse.protocols.smtp import commands as wire
from posthouse.protocols.smtp import events
from posthouse.servers.smtp.commands import authenticate, burl, content, envelope, hello, others
from posthouse.servers.smtp.dialogue import Dialogue

Handler = Callable[[Dialogue, Any], Awaitable[None]]

HANDLERS: Final[Mapping[type, Handler]] = {
    wire.Helo: hello.helo,
    wire.Ehlo: hello.ehlo,
    wire.Lhlo: hello.ehlo,
    wire.StartTls: others.starttls,
    wire.Auth: authenticate.auth,
    wire.Mail: envelope.mail,
    wire.Rcpt: envelope.rcpt,
    wire.Data: content.data,
    wire.Bdat: content.bdat,
    wire.Burl: burl.burl,
    wire.Rset: envelope.rset,
    wire.Noop: others.noop,
    wire.Quit: others.quit_,
    wire.Vrfy: others.vrfy,
    wire.Expn: others.expn,
    wire.Help: others.help_,
    wire.Etrn: others.etrn,
    events.AuthResponse: authenticate.auth_response,
    events.Content: content.content,
    events.ContentEnded: content.content_ended,
    events.Violation: others.violation,
}
