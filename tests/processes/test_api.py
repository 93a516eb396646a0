"""The API of a real server over https, and its effects on sessions without a restart."""

import imaplib
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.running import DOMAIN, running, until

POSTMASTER = f"postmaster@{DOMAIN}"


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Client:
    """One program with one token."""

    def __init__(self, port: int, token: str) -> None:
        self._root = f"https://127.0.0.1:{port}/api/v1"
        self._token = token

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Ask; the status and the JSON that came."""
        fields = {"Authorization": f"Bearer {self._token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        octets = None if body is None else json.dumps(body).encode()
        if octets is not None:
            fields["Content-Type"] = "application/json"
        request = urllib.request.Request(self._root + path, octets, fields, method=method)
        try:
            with urllib.request.urlopen(request, context=_context(), timeout=20) as answer:
                read = answer.read()
                return answer.status, json.loads(read) if read else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


def test_programs_administer_a_running_server(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as server:
        token = server.command("token", "add", POSTMASTER, "--name", "test").strip()
        client, stranger = Client(server.port("https"), token), Client(server.port("https"), "posthouse_x_y")
        assert stranger.ask("GET", "/me")[0] == 401
        status, made = client.ask("POST", "/accounts", {"address": f"carol@{DOMAIN}"}, idempotency_key="1")
        assert (status, made["address"]) == (201, f"carol@{DOMAIN}")
        assert client.ask("POST", "/accounts", {"address": f"carol@{DOMAIN}"}, idempotency_key="1") == (201, made)
        carol = f"/accounts/carol@{DOMAIN}"
        status, phone = client.ask("POST", f"{carol}/app-passwords", {"name": "phone"})
        assert status == 201
        imap = imaplib.IMAP4_SSL("127.0.0.1", server.port("imaps"), ssl_context=_context(), timeout=20)
        assert imap.login(f"carol@{DOMAIN}", phone["password"])[0] == "OK"
        assert imap.select("INBOX")[0] == "OK"
        assert client.ask("DELETE", f"{carol}/app-passwords/phone") == (204, None)
        assert until(lambda: _is_over(imap))
        imap.shutdown()
        assert client.ask("PUT", f"/settings/mail.quota_octets?domain={DOMAIN}", {"value": 12_345})[0] == 200
        assert client.ask("POST", "/accounts", {"address": f"dave@{DOMAIN}"})[1]["quota_octets"] == 12_345
        listed = json.loads(server.command("--json", "audit", "list", "--by", POSTMASTER, "--limit", "2"))
        assert [(each["act"], each["origin"]) for each in listed] == [("account.add", "127.0.0.1"), ("setting.change", "127.0.0.1")]
        assert client.ask("GET", "/audit/verify")[1]["faults"] == []
        assert client.ask("GET", "/status")[1] == {"workers": {"worker-0": True, "worker-1": True}}
        server.command("token", "remove", POSTMASTER, "test")
        assert client.ask("GET", "/me")[0] == 401


def _is_over(imap: imaplib.IMAP4_SSL) -> bool:
    try:
        imap.noop()
    except (imaplib.IMAP4.abort, OSError):
        return True
    return False
