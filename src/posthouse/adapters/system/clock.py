"""The machine's clock (port ``Clock``)."""

import time


class SystemClock:
    """Real time."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
        return time.monotonic()
