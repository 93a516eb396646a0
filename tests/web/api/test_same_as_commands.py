"""The command line and the API have the same nouns and verbs: what one has, the other has, or it is said why not."""

from collections.abc import Iterator
from typing import Any

import typer

from posthouse.cli.main import app
from posthouse.web.api.application import paths

AT = "/accounts/{address}"
SAME: dict[str, str] = {
    "domain add": "POST /domains",
    "domain list": "GET /domains",
    "domain show": "GET /domains/{domain}",
    "domain set": "PATCH /domains/{domain}",
    "domain rename": "POST /domains/{domain}/rename",
    "domain remove": "DELETE /domains/{domain}",
    "domain unknown": "PUT /domains/{domain}/unknown-recipients",
    "domain dns": "GET /domains/{domain}/records",
    "account add": "POST /accounts",
    "account list": "GET /accounts",
    "account show": f"GET {AT}",
    "account set": f"PATCH {AT}",
    "account passwd": f"PUT {AT}/password",
    "account suspend": f"POST {AT}/suspend",
    "account undelete": f"POST {AT}/undelete",
    "account resume": f"POST {AT}/resume",
    "account rename": f"POST {AT}/rename",
    "account remove": f"DELETE {AT}",
    "alias add": "POST /aliases",
    "alias list": "GET /aliases",
    "alias show": "GET /aliases/{address}",
    "alias set": "PUT /aliases/{address}",
    "alias remove": "DELETE /aliases/{address}",
    "app-password add": f"POST {AT}/app-passwords",
    "app-password list": f"GET {AT}/app-passwords",
    "app-password remove": f"DELETE {AT}/app-passwords/{{name}}",
    "app-password clear": f"POST {AT}/app-passwords/clear",
    "token add": f"POST {AT}/tokens",
    "token list": f"GET {AT}/tokens",
    "token remove": f"DELETE {AT}/tokens/{{name}}",
    "second-factor list": f"GET {AT}/second-factors",
    "second-factor add": f"POST {AT}/second-factors",
    "second-factor confirm": f"POST {AT}/second-factors/confirm",
    "second-factor codes": f"POST {AT}/second-factors/codes",
    "second-factor reset": f"DELETE {AT}/second-factors",
    "session list": f"GET {AT}/sessions",
    "session end": f"DELETE {AT}/sessions/{{id}}",
    "session clear": f"POST {AT}/sessions/clear",
    "audit list": "GET /audit",
    "audit verify": "GET /audit/verify",
    "domain suspend": "POST /domains/{domain}/suspend",
    "domain resume": "POST /domains/{domain}/resume",
    "domain dkim add": "POST /domains/{domain}/keys",
    "domain dkim list": "GET /domains/{domain}/keys",
    "domain dkim rotate": "POST /domains/{domain}/keys/rotate",
    "domain dkim activate": "POST /domains/{domain}/keys/activate",
    "domain dkim retire": "POST /domains/{domain}/keys/{selector}/retire",
    "domain dkim remove": "DELETE /domains/{domain}/keys/{selector}",
    "account sending": f"GET {AT}/sending",
    "account stop-sending": f"POST {AT}/sending/stop",
    "account restore": f"POST {AT}/sending/restore",
    "group add": "POST /groups",
    "group list": "GET /groups",
    "group show": "GET /groups/{address}",
    "group set": "PATCH /groups/{address}",
    "group remove": "DELETE /groups/{address}",
    "forward show": f"GET {AT}/forward",
    "forward set": f"PUT {AT}/forward",
    "forward remove": f"DELETE {AT}/forward",
    "autoreply show": f"GET {AT}/auto-reply",
    "autoreply set": f"PUT {AT}/auto-reply",
    "autoreply remove": f"DELETE {AT}/auto-reply",
    "queue hold": "POST /queue/changes",
    "queue release": "POST /queue/changes",
    "queue retry": "POST /queue/changes",
    "queue reroute": "POST /queue/changes",
    "queue purge": "POST /queue/changes",
    "block add": "POST /blocks",
    "block list": "GET /blocks",
    "block remove": "DELETE /blocks",
    "block check": "GET /blocks/check",
    "share list": f"GET {AT}/shares",
    "share set": f"PUT {AT}/shares",
    "share remove": f"DELETE {AT}/shares",
    "queue list": "GET /queue",
    "queue show": "GET /queue/{id}",
    "report list": "GET /reports",
    "report show": "GET /reports/{id}",
    "report sources": "GET /reports/sources",
    "setting list": "GET /settings",
    "setting get": "GET /settings/{key}",
    "setting set": "PUT /settings/{key}",
    "setting reset": "DELETE /settings/{key}",
    "apply": "POST /apply",
    "announce": "POST /announcements",
    "trace": "GET /traces",
    "verify": f"POST {AT}/verify",
    "reindex": f"POST {AT}/reindex",
    "status": "GET /status",
}
COMMANDS_ONLY = {
    "init": "there is no service before it",
    "serve": "the service itself",
    "demo": "a service to look at",
    "deliver": "a message from the machine itself",
    "rmail": "a message from the machine itself",
    "rsmtp": "messages from the machine itself",
    "import": "files on the machine",
    "account import": "POST /accounts, row by row; files on the machine",
    "account export": "GET /accounts, page by page",
    "queue route": "connects to other servers from the machine it runs on",
    "audit export": "GET /audit, page by page",
    "forward list": "GET /accounts",
    "forward add": "PUT /accounts/{address}/forward",
    "group add-member": "PATCH /groups/{address}",
    "group remove-member": "PATCH /groups/{address}",
    "forward keep": "PUT /accounts/{address}/forward",
    "autoreply list": "GET /accounts",
}
API_ONLY = {
    "POST /domains/{domain}/announcements": "announce --to DOMAIN",
    "POST /groups/{address}/announcements": "announce --to ADDRESS",
    "GET /audit/own": "whoever is at the machine has no account",
    "POST /accounts/{address}/password/generate": "account passwd --generate",
    "GET /session": "whoever is at the machine has no browser",
    "POST /session": "whoever is at the machine has no browser",
    "POST /session/second-factor": "whoever is at the machine has no browser",
    "PUT /session/password": "account passwd",
    "DELETE /session": "whoever is at the machine has no browser",
    "GET /me": "whoever is at the machine has no account",
    "GET /domains/{domain}/records/check": "domain dns --check",
    "GET /domains/{domain}/unknown-recipients": "domain unknown, without a choice",
    "GET /queue/{id}/content": "queue show --content",
}


def _commands(group: Any, before: tuple[str, ...] = ()) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*before, name))
        else:
            yield " ".join((*before, name))


def test_what_one_has_the_other_has() -> None:
    assert set(_commands(typer.main.get_command(app))) == set(SAME) | set(COMMANDS_ONLY)
    assert set(paths()) == set(SAME.values()) | set(API_ONLY)
