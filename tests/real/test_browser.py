"""A real browser: signing in without a script and with one, and passkeys of its virtual authenticator."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from tests.support.chromium import Chromium, chromium
from tests.support.foreign import Program
from tests.support.running import DOMAIN, PASSWORD, Server

ALICE = f"alice@{DOMAIN}"
AT_ACCOUNT = "location.pathname === '/account' && document.readyState === 'complete'"
AT_SIGN_IN = "location.pathname === '/sign-in' && document.readyState === 'complete'"


@pytest.fixture
def browser(program: Program, tmp_path: Path) -> Iterator[Chromium]:
    with chromium(program("chromium"), tmp_path / "profile") as started:
        yield started


def sign_in(browser: Chromium, server: Server) -> None:
    browser.open(_page(server))
    browser.fill(login=ALICE, password=PASSWORD)
    browser.press("button.go")
    browser.until(f"{AT_ACCOUNT} || !!document.getElementById('code')")


def sign_out(browser: Chromium) -> None:
    browser.press("form[action^='/sign-out'] button")
    browser.until(AT_SIGN_IN)


def _page(server: Server, name: str = "sign-in") -> str:
    return f"https://mail.example.test:{server.port('https')}/{name}"


def test_signing_in_without_a_script(browser: Chromium, server: Server) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    sign_in(browser, server)
    assert ALICE in browser.run("document.body.innerText")
    assert "UTC" in browser.run("document.querySelector('time').innerText")
    assert not browser.run("document.cookie"), "no script reads it"
    sign_out(browser)
    browser.call("Page.navigate", url=_page(server, "account"))
    browser.until(AT_SIGN_IN)


def test_a_form_of_another_site_signs_nobody_out(browser: Chromium, server: Server) -> None:
    sign_in(browser, server)
    browser.open(f"https://127.0.0.1:{server.port('https')}/setup")
    action = _page(server, "sign-out")
    form = f"document.body.innerHTML = '<form method=post action=\"{action}\"></form>'; document.forms[0].submit()"
    browser.call("Page.setBypassCSP", enabled=True)
    browser.open(f"https://127.0.0.1:{server.port('https')}/ip")
    browser.run(form)
    browser.until("location.hostname === 'mail.example.test'")
    browser.open(_page(server, "account"))
    browser.until(AT_ACCOUNT)


def make_old(server: Server) -> None:
    """Everybody in a browser signed in an hour ago."""
    server.stop()
    with closing(sqlite3.connect(server.directory / "sessions.db")) as database, database:
        for key, rest in database.execute("SELECT key, rest FROM session").fetchall():
            session = msgspec.msgpack.decode(rest)
            changed = session | {"created_at": session["created_at"] - 3600}
            database.execute("UPDATE session SET rest = ? WHERE key = ?", (msgspec.msgpack.encode(changed), key))
    server.start()


def sessions(server: Server) -> int:
    return len(json.loads(server.command("--json", "session", "list", ALICE)))


def test_whoever_signed_in_long_ago_confirms_who_they_are(browser: Chromium, server: Server, tmp_path: Path) -> None:
    sign_in(browser, server)
    assert not browser.run("!!document.querySelector('.note a')")
    before = sessions(server)
    make_old(server)
    browser.open(_page(server, "account"))
    browser.picture(tmp_path / "account.png", 390, dark=True)
    browser.press("#passkeys ~ .note a")
    browser.until(AT_SIGN_IN)
    browser.picture(tmp_path / "again.png", 390)
    assert browser.run("document.activeElement.id") == "password", "the address is filled in"
    browser.fill(password=PASSWORD)
    browser.press("button.go")
    browser.until(AT_ACCOUNT)
    assert not browser.run("!!document.querySelector('.note a')")
    assert sessions(server) == before, "the old one has ended"
    sign_out(browser)


def test_a_passkey_signs_in_alone_and_as_second_factor_until_it_is_removed(browser: Chromium, server: Server) -> None:
    browser.call("WebAuthn.enable")
    telephone = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    authenticator = browser.call("WebAuthn.addVirtualAuthenticator", options=telephone)["authenticatorId"]
    sign_in(browser, server)
    browser.fill(**{"passkey-name": "phone"})
    browser.press("form[data-make] button")
    browser.until("document.querySelectorAll('.codes code').length === 10")
    assert "phone" in server.command("passkey", "list", ALICE)
    [kept] = browser.call("WebAuthn.getCredentials", authenticatorId=authenticator)["credentials"]
    assert kept["isResidentCredential"]
    sign_out(browser)

    browser.press("form[data-prove] button")
    browser.until(AT_ACCOUNT)
    assert "passkey" in server.command("--json", "session", "list", ALICE)
    sign_out(browser)

    sign_in(browser, server)
    assert not browser.run(AT_ACCOUNT), "the password alone is not enough"
    browser.press("form[data-prove] button")
    browser.until(AT_ACCOUNT)
    server.command("passkey", "remove", ALICE, "phone")
    browser.open(_page(server))
    browser.until(AT_SIGN_IN)
    browser.press("form[data-prove] button")
    browser.until("!!document.querySelector('p.wrong:not([hidden])')")
    sign_in(browser, server)
    assert browser.run(AT_ACCOUNT), "without a passkey the password is enough again"
