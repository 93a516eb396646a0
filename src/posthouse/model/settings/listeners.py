"""Settings of single listeners. Addresses and ports are in ``posthouse.toml``: whoever binds them has left its rights behind."""

from typing import Final

from posthouse.foundation.errors import Invalid
from posthouse.model.setting import Setting

LISTENERS: Final = ("smtp", "lmtp", "submission", "submissions", "qmtp", "imap", "imaps", "pop3", "pop3s")
"""Listeners of mail, by the names the IANA gives them."""
TLS_VERSIONS: Final = ("1.2", "1.3")
BANNER_CHARACTERS: Final = 200


def _check_names(names: object) -> None:
    assert isinstance(names, list | dict)
    unknown = next((name for name in names if name not in LISTENERS), None)
    if unknown is not None:
        raise Invalid(f"there is no listener {unknown!r}; there are {', '.join(LISTENERS)}")


def _check_banners(banners: dict[str, str]) -> None:
    _check_names(banners)
    for words in banners.values():
        if not words.isascii() or not words.isprintable() or not 0 < len(words) <= BANNER_CHARACTERS or set("<>[]") & set(words):
            raise Invalid(f"a banner has 1 to {BANNER_CHARACTERS} printable characters of ASCII, and none of <>[]")


def _check_versions(versions: dict[str, str]) -> None:
    _check_names(versions)
    for version in versions.values():
        if version not in TLS_VERSIONS:
            raise Invalid(f"{version!r} is no version of TLS that is spoken here; there are {', '.join(TLS_VERSIONS)}")


LISTENERS_OFF: Final[Setting[list[str]]] = Setting(
    "listeners.off",
    list[str],
    [],
    "Listeners that send everybody away, with the reason: imap, pop3, submission leaves implicit TLS only. Open sessions go on.",
    check=_check_names,
)
LISTENERS_BANNERS: Final[Setting[dict[str, str]]] = Setting(
    "listeners.banners",
    dict[str, str],
    {},
    "What a listener says of itself in its greeting, instead of its program.",
    check=_check_banners,
)
LISTENERS_TLS: Final[Setting[dict[str, str]]] = Setting(
    "listeners.tls_minimum",
    dict[str, str],
    {},
    "Least version of TLS of a listener, with STARTTLS or from the start: 1.2 (where nothing is set) or 1.3.",
    check=_check_versions,
)
