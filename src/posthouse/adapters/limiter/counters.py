"""The counting itself: sliding windows and gauges, in bounded memory; pure but for the time it is told."""

from collections import OrderedDict

from posthouse.ports.limiter import Decision, Window

KEYS = 200_000
"""Keys remembered; the longest untouched are forgotten first."""


class Counters:
    """All counters of a machine. A window is counted in two halves weighted by time, so a key costs two numbers."""

    def __init__(self) -> None:
        self._windows: OrderedDict[tuple[str, str], tuple[int, int, int]] = OrderedDict()
        self._gauges: dict[tuple[str, str], int] = {}

    def take(self, rule: str, key: str, window: Window, now: float) -> Decision:
        """Count an event if the window has room for it."""
        if window.seconds <= 0:
            return self._enter(rule, key, window.most)
        period = int(now // window.seconds)
        known, before, current = self._windows.get((rule, key), (period, 0, 0))
        if known != period:
            before, current = (current, 0) if known == period - 1 else (0, 0)
        passed = now / window.seconds - period
        if before * (1 - passed) + current >= window.most:
            return Decision(allowed=False, retry_after=max(window.seconds * (1 - passed), 0.001))
        self._windows[rule, key] = (period, before, current + 1)
        self._windows.move_to_end((rule, key))
        if len(self._windows) > KEYS:
            self._windows.popitem(last=False)
        return Decision(allowed=True)

    def forgive(self, rule: str, key: str) -> None:
        """Take back an event of a window, of the half where there is one."""
        period, before, current = self._windows.get((rule, key), (0, 0, 0))
        if current > 0:
            self._windows[rule, key] = (period, before, current - 1)
        elif before > 0:
            self._windows[rule, key] = (period, before - 1, current)

    def leave(self, rule: str, key: str, times: int = 1) -> None:
        """End events of a gauge."""
        left = self._gauges.get((rule, key), 0) - times
        if left > 0:
            self._gauges[rule, key] = left
        else:
            self._gauges.pop((rule, key), None)

    def _enter(self, rule: str, key: str, most: int) -> Decision:
        held = self._gauges.get((rule, key), 0)
        if held >= most:
            return Decision(allowed=False, retry_after=1.0)
        self._gauges[rule, key] = held + 1
        return Decision(allowed=True)
