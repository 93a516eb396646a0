"""What all findings on a client come to: above a weight it is refused."""

from posthouse.model.settings.judging import RECEIVE_REFUSE_WEIGHT
from posthouse.services.receive.checks.parts import CheckParts
from posthouse.services.receive.checks.refusals import Blocked
from posthouse.services.receive.reception import Reception


class Weighing:
    """Adds up; to be asked after the checks that find."""

    def __init__(self, parts: CheckParts) -> None:
        self._parts = parts

    async def examine(self, reception: Reception) -> None:
        """Refuse who is too heavy. Raises: Blocked, naming what weighed."""
        most = self._parts.settings[RECEIVE_REFUSE_WEIGHT]
        if reception.trusted or not most or reception.weight < most:
            return
        reasons = "; ".join(finding.text or finding.check for finding in reception.findings if finding.weight > 0)
        raise Blocked(f"{reception.client.address} is not accepted here: {reasons}")
