"""An identity provider: discovery, keys, introspection, and the code flow; asked directly, or over HTTP on a loopback port."""

import base64
import contextlib
import hashlib
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.signed_tokens import SigningKey, public_keys

from posthouse.foundation.errors import Unavailable
from posthouse.ports.signing_in.provider_link import ProviderAnswer

CLIENT = ("posthouse", "the client's secret: %+/")


class IdentityProvider:
    """Knows one person at a time, and counts what it is asked."""

    def __init__(self, issuer: str = "https://id.example.org") -> None:
        self.issuer = issuer
        self.keys = [SigningKey("RS256", "first")]
        self.opaque: dict[str, dict[str, Any]] = {}
        """What is said about tokens that only the provider understands."""
        self.person: dict[str, Any] = {"sub": "7", "email": "alice@example.test", "email_verified": True}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        """Paths, in the order they were asked for."""
        self.is_away = False
        self.is_terse = False
        """Who somebody is, is told at the endpoint ``userinfo`` only."""
        self.identity: dict[str, Any] = {}
        """What an identity token says differently."""
        self.configuration: dict[str, Any] = {}
        """What the configuration says differently."""

    def token(self, now: float | None = None, **claims: Any) -> str:
        """An access token for five minutes; a claim that is None is left out."""
        now = time.time() if now is None else now
        said = {"iss": self.issuer, "aud": CLIENT[0], "iat": now, "exp": now + 300} | self.person | claims
        return self.keys[-1].sign({name: value for name, value in said.items() if value is not None})

    def answer(self, method: str, path: str, form: Mapping[str, str], authorization: str) -> ProviderAnswer:
        """Answer a request of ours."""
        self.asked.append(path)
        match method, path:
            case "GET", "/.well-known/openid-configuration":
                return _json(self._configuration())
            case "GET", "/jwks":
                return ProviderAnswer(200, public_keys(*self.keys))
            case "POST", "/introspect" if _is_client(authorization):
                return _json(self.opaque.get(form["token"], {"active": False}))
            case "GET", "/userinfo" if authorization == "Bearer of-use-once":
                return _json(self.person)
            case "POST", "/token" if _is_client(authorization):
                return self._exchanged(form)
        return ProviderAnswer(401 if method == "POST" else 404, b"")

    def authorize(self, url: str) -> str:
        """What a browser that is sent to ``url`` is sent back to: the person consents at once."""
        parts = urllib.parse.urlsplit(url)
        asked = dict(urllib.parse.parse_qsl(parts.query))
        assert url.startswith(f"{self.issuer}/authorize?"), url
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT[0], "S256")
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        query = urllib.parse.urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return f"{asked['redirect_uri']}?{query}"

    def _exchanged(self, form: Mapping[str, str]) -> ProviderAnswer:
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form.get("redirect_uri"):
            return ProviderAnswer(400, b'{"error": "invalid_grant"}')
        return _json({"access_token": "of-use-once", "token_type": "Bearer", "id_token": self._identity(asked)})

    def _identity(self, asked: dict[str, str]) -> str:
        said = {"iss": self.issuer, "aud": CLIENT[0], "iat": time.time(), "exp": time.time() + 300, "nonce": asked["nonce"]}
        said |= {"sub": self.person["sub"]} if self.is_terse else self.person
        return self.keys[-1].sign(said | self.identity)

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks",
            "introspection_endpoint": f"{self.issuer}/introspect",
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        } | self.configuration


class DirectLink:
    """The way to providers without a network."""

    def __init__(self, *providers: IdentityProvider) -> None:
        self._providers = {provider.issuer: provider for provider in providers}

    async def get(self, url: str, token: str = "") -> ProviderAnswer:
        return self._ask("GET", url, {}, f"Bearer {token}" if token else "")

    async def post(self, url: str, form: Mapping[str, str], client: tuple[str, str] | None = None) -> ProviderAnswer:
        return self._ask("POST", url, form, "" if client is None else basic(client))

    def _ask(self, method: str, url: str, form: Mapping[str, str], authorization: str) -> ProviderAnswer:
        parts = urllib.parse.urlsplit(url)
        provider = self._providers[f"{parts.scheme}://{parts.netloc}"]
        if provider.is_away:
            raise Unavailable("nobody answers there")
        return provider.answer(method, parts.path, form, authorization)


@contextmanager
def provider_on_loopback(port: int = 0) -> Iterator[IdentityProvider]:
    """A provider that answers over HTTP; one that is away does not answer at all."""
    provider = IdentityProvider()

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            if provider.is_away:
                time.sleep(6)
                return
            form = dict(urllib.parse.parse_qsl(body))
            answer = provider.answer(self.command, self.path, form, self.headers.get("Authorization", ""))
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.octets)))
            self.end_headers()
            self.wfile.write(answer.octets)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Clients hang up; that is no matter."""

    server = Server(("127.0.0.1", port), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        with contextlib.suppress(OSError):
            server.server_close()


def basic(client: tuple[str, str]) -> str:
    """The field by which a client shows its name and secret (RFC 6749 §2.3.1)."""
    return "Basic " + base64.b64encode(":".join(urllib.parse.quote_plus(part) for part in client).encode()).decode()


def _is_client(authorization: str) -> bool:
    return authorization == basic(CLIENT)


def _json(value: object) -> ProviderAnswer:
    return ProviderAnswer(200, json.dumps(value).encode())
