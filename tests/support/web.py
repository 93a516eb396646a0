"""What the web is given in tests."""

from collections.abc import Mapping

from tests.support.administration import Office

from posthouse.adapters.guard.database import GuardDatabase
from posthouse.ports.guard import Attempt, Standing
from posthouse.services.guard.blocking import Blocks
from posthouse.web.house import WebHouse

PORTS = {
    "smtp": 20_025,
    "submission": 20_587,
    "submissions": 20_465,
    "imap": 20_143,
    "imaps": 20_993,
    "pop3": 20_110,
    "pop3s": 20_995,
    "http": 20_080,
    "https": 20_443,
}


class NoGuard(GuardDatabase):
    """A guard that has blocked what it is told."""

    def __init__(self, blocked: Standing | None = None) -> None:
        self.said = blocked or Standing()

    async def standing(self, attempt: Attempt, now: float) -> Standing:
        """As told."""
        del attempt, now
        return self.said


def web_house(office: Office, ports: Mapping[str, int], *, workers: Mapping[str, bool] | None = None) -> WebHouse:
    """A house whose workers answer as told, with a certificate of its own."""

    async def ask_workers() -> Mapping[str, bool]:
        return {"worker-0": True} if workers is None else workers

    return WebHouse(
        hostname="mail.example.test",
        ports=ports,
        directory=office.parts.directory,
        settings=office.parts.settings,
        blocks=Blocks(NoGuard(), office.parts.settings, office.parts.clock, office.parts.recorder),
        ask_workers=ask_workers,
        fingerprint=lambda: "AB:CD",
    )
