"""A browser that is signed in to a real server: over restarts, in the command line, ended at once; and mail programs beside it."""

import email
import email.policy
import http.cookiejar
import imaplib
import json
import re
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.running import DOMAIN, PASSWORD, Server, running, until

ALICE = f"alice@{DOMAIN}"


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Browser:
    """Keeps its cookies."""

    def __init__(self, server: Server, scheme: str = "https") -> None:
        self._root = f"{scheme}://127.0.0.1:{server.port(scheme)}"
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=_context()), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask as a page of the house does; the status and the JSON that came."""
        octets = None if body is None else json.dumps(body).encode()
        fields = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", "User-Agent": "Test"}
        request = urllib.request.Request(f"{self._root}/api/v1{path}", octets, fields, method=method)
        try:
            with self._opener.open(request, timeout=20) as answer:
                read = answer.read()
                return answer.status, json.loads(read) if read else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def sign_in(self, password: str = PASSWORD) -> int:
        """Sign in; the status."""
        return self.ask("POST", "/session", {"login": ALICE, "password": password})[0]

    def is_signed_in(self) -> bool:
        """Whether it is."""
        return self.ask("GET", "/session")[0] == 200


def _sessions(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(server.command("--json", "session", "list", ALICE))
    return found


def _is_over(imap: imaplib.IMAP4_SSL) -> bool:
    try:
        return imap.noop()[0] != "OK"
    except (imaplib.IMAP4.abort, OSError):
        return True


def test_a_session_lasts_over_restarts_and_ends_at_once(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as server:
        browser, plain = Browser(server), Browser(server, "http")
        assert browser.sign_in("wrong") == 401
        assert (browser.sign_in(), plain.sign_in()) == (200, 200)
        assert browser.is_signed_in()
        assert plain.is_signed_in()
        server.stop()
        assert [each["program"] for each in _sessions(server)] == ["Test", "Test"], "a command sees them without a server"
        server.start()
        assert browser.is_signed_in()
        server.command("account", "suspend", ALICE)
        assert until(lambda: not browser.is_signed_in())
        server.command("account", "resume", ALICE)
        assert not browser.is_signed_in()
        assert browser.sign_in() == 200
        server.command("account", "passwd", ALICE, "--password-stdin", given="An0ther-horse\n")
        assert until(lambda: not browser.is_signed_in())
        assert (browser.sign_in(), browser.sign_in("An0ther-horse")) == (401, 200)
        server.stop()
        [ended] = _sessions(server)
        server.command("session", "end", ALICE, ended["id"])
        server.start()
        assert not browser.is_signed_in()


def test_mail_programs_are_seen_on_all_workers_and_their_connections_are_closed(tmp_path: Path) -> None:
    with running(tmp_path, workers=3) as server:
        browser = Browser(server)
        assert browser.sign_in() == 200
        programs = [imaplib.IMAP4_SSL("127.0.0.1", server.port("imaps"), ssl_context=_context(), timeout=20) for _ in range(6)]
        for program in programs:
            assert program.login(ALICE, PASSWORD)[0] == "OK"
        assert programs[0].select("INBOX")[0] == "OK"
        found = _sessions(server)
        assert [each["protocol"] for each in found] == ["browser", *["imap"] * 6]
        assert {each["address"] for each in found} == {"127.0.0.1"}
        server.command("session", "end", ALICE, found[1]["id"])
        assert len(_sessions(server)) == 6
        assert until(lambda: sum(map(_is_over, programs)) == 1)
        assert browser.ask("POST", f"/accounts/{ALICE}/sessions/clear") == (200, {"changed": 6})
        assert until(lambda: all(map(_is_over, programs)))
        assert not browser.is_signed_in()
        assert _sessions(server) == []
        for program in programs:
            program.shutdown()


def test_a_forgotten_password_is_recovered_by_a_letter(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as server:
        server.command("account", "set", ALICE, "--recovery", f"bob@{DOMAIN}")
        browser = Browser(server)
        assert browser.ask("POST", "/session/recovery", {"login": ALICE})[0] == 204
        bob = imaplib.IMAP4_SSL("127.0.0.1", server.port("imaps"), ssl_context=_context(), timeout=20)
        assert bob.login(f"bob@{DOMAIN}", PASSWORD)[0] == "OK"
        assert until(lambda: bool(_letters(bob)))
        letters = _letters(bob)
        link = re.search(rb"https://mail\.example\.test:(\d+)/sign-in/recover\?token=([\w-]{43})", _text(letters[0]))
        assert link is not None
        assert int(link[1]) == server.port("https")
        new = {"token": link[2].decode(), "new": "An0ther-horse"}
        assert browser.ask("POST", "/session/recovery/password", new)[0] == 204
        assert browser.ask("POST", "/session/recovery/password", new)[0] == 422
        assert (browser.sign_in(), browser.sign_in("An0ther-horse")) == (401, 200)
        bob.logout()


def _letters(program: imaplib.IMAP4_SSL) -> list[bytes]:
    program.select("INBOX")
    numbers = program.search(None, "SUBJECT", "password")[1][0].split()
    return [program.fetch(number.decode(), "(BODY.PEEK[])")[1][0][1] for number in numbers]  # type: ignore[index,misc]


def _text(letter: bytes) -> bytes:
    body = email.message_from_bytes(letter, policy=email.policy.default).get_body()
    assert body is not None
    return str(body.get_content()).encode()
