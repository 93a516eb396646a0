"""The web worker on its own sockets: HTTP, HTTPS, a new certificate, the end."""

import asyncio
import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from posthouse.bootstrap.certificate import create_certificate, own_fingerprint
from posthouse.bootstrap.config import Config
from posthouse.bootstrap.init import create_installation
from posthouse.bootstrap.layout import Layout
from posthouse.bootstrap.processes.web_worker import WebWorker
from posthouse.bootstrap.storage import CLOCK
from posthouse.transport.listener import listen


def _fetch(url: str, certificate: Path | None = None) -> tuple[int, str]:
    trusted = None if certificate is None else ssl.create_default_context(cafile=str(certificate))
    try:
        with urllib.request.urlopen(url, timeout=10, context=trusted) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


async def test_pages_come_over_both_and_a_new_certificate_is_used_at_once(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    create_installation(layout, "mail.example.test")
    plain, secure = listen("127.0.0.1", 0, shared=False), listen("127.0.0.1", 0, shared=False)
    urls = f"http://127.0.0.1:{_port(plain)}", f"https://127.0.0.1:{_port(secure)}"
    worker = WebWorker(layout, Config("mail.example.test", workers=1), {"http": [plain], "https": [secure]})
    await worker.start()
    try:
        assert await asyncio.to_thread(_fetch, f"{urls[0]}/healthz") == (200, "ok\n")
        first = own_fingerprint(layout.certificate)
        assert first in (await asyncio.to_thread(_fetch, f"{urls[1]}/", layout.certificate))[1]
        status, ready = await asyncio.to_thread(_fetch, f"{urls[0]}/readyz")
        assert (status, '"directory":true' in ready) == (503, True)  # no mail worker runs here
        layout.certificate.unlink()
        layout.private_key.unlink()
        create_certificate(layout.certificate, layout.private_key, "mail.example.test", CLOCK.now())
        await worker.reload()
        second = own_fingerprint(layout.certificate)
        assert second != first
        assert second in (await asyncio.to_thread(_fetch, f"{urls[1]}/", layout.certificate))[1]
    finally:
        await worker.stop()
    with pytest.raises(OSError, match="refused"):
        await asyncio.to_thread(_fetch, f"{urls[0]}/healthz")
