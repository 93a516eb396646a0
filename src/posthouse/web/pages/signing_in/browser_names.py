"""What people call a browser, from what it calls itself (RFC 9110 §10.1.5). A guess, for a list that its owner reads."""

from typing import Final

_PROGRAMS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("MicroMessenger/", "WeChat"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""Those that also claim to be another come first."""
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
SHOWN_CHARACTERS: Final = 60


def browser_name(program: str) -> str:
    """``Firefox · Linux``; what is not known is shown as it is, shortened."""
    found = [next((name for mark, name in names if mark in program), "") for names in (_PROGRAMS, _SYSTEMS)]
    return " · ".join(filter(None, found)) if found[0] else program[:SHOWN_CHARACTERS]
