"""Signing in through a provider of others (node-oidc-provider), with a browser that follows links and fills in forms."""

import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Final

import pytest
from tests.real.test_libraries import LIBRARIES, SCRIPTS, fetched
from tests.support.foreign import Program
from tests.support.running import DOMAIN, Server, free_offset, running

SECRET: Final = "a secret of the client"


@pytest.fixture
def server(program: Program, tmp_path: Path) -> Iterator[Server]:
    modules = fetched(LIBRARIES / "node" / "node_modules" / "oidc-provider").parent
    with running(tmp_path, ("alice", "mallory"), profile="bench") as server:
        port = free_offset() + 80
        back = f"http://127.0.0.1:{server.port('http')}/sign-in/oidc/callback"
        words: list[str | Path] = [program("node"), SCRIPTS / "provider.mjs", modules, str(port), back, SECRET]
        provider = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert provider.stdout is not None
            assert any(line == "ready\n" for line in iter(provider.stdout.readline, ""))
            for name, value in (("issuer", f"http://127.0.0.1:{port}"), ("client_id", "posthouse"), ("client_secret", SECRET)):
                server.command("setting", "set", f"oidc.{name}", value)
            yield server
        finally:
            provider.terminate()
            provider.wait(10)
            if provider.stdout is not None:
                provider.stdout.close()


class Person:
    """Somebody with a browser who says yes to everything."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, url: str, **fields: str) -> tuple[str, str]:
        """Open a page, or send a form: where that led to, and what is there."""
        body = urllib.parse.urlencode(fields).encode() if fields else None
        try:
            with self._opener.open(url, body, timeout=20) as answer:
                return answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return str(error.url), error.read().decode()

    def sign_in(self, server: Server, name: str) -> tuple[str, str]:
        """There, through the provider's forms, and back."""
        url, text = self.open(f"http://127.0.0.1:{server.port('http')}/sign-in/oidc")
        for fields in ({"prompt": "login", "login": name, "password": "any"}, {"prompt": "consent"}):
            action = re.search(r'action="([^"]+)"', text)
            assert action is not None, (url, text)
            url, text = self.open(urllib.parse.urljoin(url, action[1]), **fields)
        return url, text


def test_there_and_back(server: Server) -> None:
    url, text = Person().sign_in(server, "alice")
    assert url == f"http://127.0.0.1:{server.port('http')}/account", text
    assert f"alice@{DOMAIN}" in text
    _, text = Person().sign_in(server, "mallory")
    assert "not been vouched for" in text, "the address is not verified"
    _, text = Person().sign_in(server, "stranger")
    assert "no mailbox here is yours" in text
