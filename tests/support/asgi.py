"""One request to an ASGI application, without a network and without another library."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp, Message


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()
    """Fields that set cookies."""

    @property
    def text(self) -> str:
        """The body as characters."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as values."""
        return json.loads(self.body)


async def ask(
    app: ASGIApp, url: str, *, method: str = "GET", body: bytes = b"", client: str = "192.0.2.1", **headers: str
) -> Answer:
    """Send a request; underscores in the names of ``headers`` stand for hyphens."""
    parts = urlsplit(url)
    host = headers.pop("host", "") or parts.netloc or "mail.example.test"
    fields = [(b"host", host.encode()), *((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme or "https",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": fields,
        "client": (client, 1),
        "server": (host, 443),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    said = [(name.decode(), value.decode()) for name, value in start["headers"]]
    return Answer(start["status"], dict(said), body, tuple([value for name, value in said if name == "set-cookie"]))
