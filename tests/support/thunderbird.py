"""Thunderbird on a screen that nobody sees, with one account, driven through what its own windows call."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.foreign import SEARCH_PATH, environment, trusted
from tests.support.marionette import Marionette
from tests.support.running import DOMAIN, PASSWORD, Server

Value = bool | int | str
_WAIT_SECONDS = 30.0
_NAMES = """
const {MailServices} = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const server = MailServices.accounts.accounts[0].incomingServer;
const window = Services.wm.getMostRecentWindow("mail:3pane");
const tabs = window.document.getElementById("tabmail");
const pane = tabs?.currentAbout3Pane;
const folder = name => server.rootFolder.subFolders.find(found => found.name == name);
const shown = () => tabs.currentAboutMessage?.document.getElementById("messagepane")?.contentDocument?.body?.textContent;
"""
_TRUST = """
const parsed = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).constructX509FromBase64(args[0]);
const trusted = Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService);
for (const port of args[1]) trusted.rememberValidityOverride("localhost", port, {}, parsed, true);
for (const scheme of ["imap", "smtp"]) {
  const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
  login.init(scheme + "://localhost", null, scheme + "://localhost", args[2], args[3], "", "");
  await Services.logins.addLoginAsync(login);
}
"""


class Thunderbird:
    """The program, running."""

    def __init__(self, marionette: Marionette) -> None:
        self._marionette = marionette

    def do(self, body: str) -> Any:
        """Run script with ``server``, ``pane``, ``folder(name)`` and ``shown()`` at hand; returns what it returns."""
        return self._marionette.script(_NAMES + body)

    def until(self, expression: str, is_right: Callable[[Any], bool]) -> Any:
        """Evaluate again and again until the value is right; returns it. Raises: AssertionError."""
        end = time.monotonic() + _WAIT_SECONDS
        while not is_right(value := self.do(f"return {expression}")):
            assert time.monotonic() < end, f"{expression} is still {value!r}"
            time.sleep(0.1)
        return value

    def screenshot(self, name: str) -> None:
        """Keep what the window shows, for whoever wants to look (``POSTHOUSE_SCREENSHOTS`` names a directory)."""
        octets = self._marionette.screenshot()
        assert octets.startswith(b"\x89PNG")
        directory = os.environ.get("POSTHOUSE_SCREENSHOTS")
        if directory:
            Path(directory, f"{name}.png").write_bytes(octets)


@contextmanager
def thunderbird(path: str, server: Server, person: str, home: Path, port: int) -> Iterator[Thunderbird]:
    """Start it with one person's account; its debugging port is ``port``."""
    profile = home / "profile"
    profile.mkdir()
    (profile / "user.js").write_text(_preferences(server, f"{person}@{DOMAIN}", port))
    words = [path, "--profile", str(profile), "--marionette", "--remote-allow-system-access"]
    with _screen() as display, _child(words, home, display), contextlib.closing(Marionette(port)) as marionette:
        body = trusted(server).read_text().partition("-----BEGIN CERTIFICATE-----")[2].partition("-----END")[0]
        ports = [server.port("imaps"), server.port("submissions")]
        marionette.script(_TRUST, "".join(body.split()), ports, f"{person}@{DOMAIN}", PASSWORD)
        started = Thunderbird(marionette)
        started.until("`${pane?.document?.readyState} ${!!window?.msgWindow}`", lambda value: value == "complete true")
        yield started


def _preferences(server: Server, address: str, port: int) -> str:
    secured: dict[str, Value] = {"hostname": "localhost", "authMethod": 3}
    incoming = secured | {"type": "imap", "port": server.port("imaps"), "socketType": 3, "userName": address, "name": address}
    incoming |= {"login_at_startup": False, "check_new_mail": False}
    outgoing = secured | {"port": server.port("submissions"), "try_ssl": 3, "username": address}
    identity: dict[str, Value] = {"fullName": "Alice", "useremail": address, "smtpServer": "smtp1"}
    given: dict[str, Value] = {
        "marionette.port": port,
        "mail.accountmanager.accounts": "account1",
        "mail.accountmanager.defaultaccount": "account1",
        "mail.account.account1.server": "server1",
        "mail.account.account1.identities": "id1",
        "mail.smtpservers": "smtp1",
        "mail.smtp.defaultserver": "smtp1",
        "mail.rights.version": 1,
        "mail.shell.checkDefaultClient": False,
        "mail.provider.suppress_dialog_on_startup": True,
        "mailnews.start_page.enabled": False,
        "app.donation.eoy.version.viewed": 999,
        "app.update.auto": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "extensions.update.enabled": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
    }
    for prefix, values in (("server.server1", incoming), ("smtpserver.smtp1", outgoing), ("identity.id1", identity)):
        given |= {f"mail.{prefix}.{name}": value for name, value in values.items()}
    return "".join([f'user_pref("{name}", {_literal(value)});\n' for name, value in given.items()])


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f'"{value}"'


@contextmanager
def _screen() -> Iterator[str]:
    """An X server without a monitor; yields its name."""
    path = shutil.which("Xvfb", path=SEARCH_PATH)
    assert path, "Xvfb is not installed"
    ours, theirs = os.pipe()
    with tempfile.TemporaryFile() as log:
        words = [path, "-displayfd", str(theirs), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
        process = subprocess.Popen(words, pass_fds=[theirs], stderr=log)
        os.close(theirs)
        try:
            with os.fdopen(ours) as said:
                yield f":{said.readline().strip()}"
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def _child(words: list[str], home: Path, display: str) -> Iterator[None]:
    with (home / "program.log").open("wb") as log:
        process = subprocess.Popen(
            words, env=environment(home) | {"DISPLAY": display}, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        if process.poll() is None:
            process.kill()
            process.wait()
