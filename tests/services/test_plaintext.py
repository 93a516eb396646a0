"""Whether a password may be sent as the connection stands."""

import pytest

from posthouse.adapters.memory.bus import MemoryBus
from posthouse.adapters.memory.directory import MemoryDirectory
from posthouse.model.settings.signing_in import AUTH_PLAINTEXT_LOOPBACK
from posthouse.services.plaintext import may_send_password
from posthouse.services.settings import Settings


@pytest.mark.parametrize("allowed", [False, True])
async def test_in_clear_only_from_the_machine_itself_and_only_where_allowed(allowed: bool) -> None:
    directory = MemoryDirectory(MemoryBus())
    settings = Settings(directory)
    if allowed:
        await directory.put_setting("system", AUTH_PLAINTEXT_LOOPBACK.key, b"true")
        await settings.refresh()
    for address in ("192.0.2.1", "127.0.0.1", "::1", "", "localhost"):
        assert may_send_password(settings, tls=True, address=address)
    assert [may_send_password(settings, tls=False, address=address) for address in ("127.0.0.1", "127.9.9.9", "::1")] == [
        allowed
    ] * 3
    for address in ("192.0.2.1", "2001:db8::1", "", "localhost", "0.0.0.0"):
        assert not may_send_password(settings, tls=False, address=address)
