"""What SPF, DKIM, ARC and DMARC say about one message, together."""

import msgspec

from posthouse.trust.arc import verify as arc
from posthouse.trust.dkim import verify as dkim
from posthouse.trust.dmarc import evaluate as dmarc
from posthouse.trust.spf import verdict as spf


class Verdicts(msgspec.Struct, frozen=True):
    """One of each method; of DKIM one for each signature."""

    spf: spf.Verdict | None
    """None where the client has no address."""
    dkim: tuple[dkim.Verdict, ...]
    arc: arc.Verdict
    dmarc: dmarc.Verdict
    vouched: bool = False
    """Somebody we trust saw it pass before it was changed on its way."""

    @property
    def answerable(self) -> bool:
        """Whether a notification would reach whom it should: the reverse-path is of somebody who may use it."""
        spf_passed = self.spf is not None and self.spf.result is spf.Result.PASS
        return spf_passed or self.dmarc.result is dmarc.Result.PASS
