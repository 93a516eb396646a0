"""What every answer carries, and where there is none."""

import pytest
from tests.support.asgi import ask

from posthouse.web.app import web_application
from posthouse.web.house import WebHouse


@pytest.mark.parametrize("path", ["/", "/setup", "/healthz", "/readyz", "/static/site.css", "/nowhere"])
async def test_every_answer_has_the_headers_that_keep_it_safe(house: WebHouse, path: str) -> None:
    answer = await ask(web_application(house), path)
    assert answer.status == (404 if path == "/nowhere" else 200)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 405), ("DELETE", 405)])
async def test_pages_are_only_read(house: WebHouse, method: str, status: int) -> None:
    assert (await ask(web_application(house), "/", method=method)).status == status
