"""What a setting is: one declaration from which CLI, API, forms and reference are made."""

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar, get_origin

import msgspec

from posthouse.foundation.errors import Invalid

T = TypeVar("T")


class Scope(enum.StrEnum):
    """Where a setting may be set; the nearest one wins."""

    SYSTEM = "system"
    DOMAIN = "domain"
    GROUP = "group"
    """For its members."""
    ACCOUNT = "account"


@dataclass(frozen=True)
class Setting(Generic[T]):
    """A parameter of the service that takes effect without a restart."""

    key: str
    kind: Any
    """The type of its values, as msgspec knows types: ``int``, ``bool``, ``str``, ``Literal``, ``list[str]``, ``list[int]``,
    ``dict[str, str]``, ``dict[str, float]``, ``float``."""
    default: T
    help: str
    unit: str = ""
    least: float | None = None
    most: float | None = None
    scopes: tuple[Scope, ...] = field(default=(Scope.SYSTEM,))
    check: Callable[[T], None] | None = None
    """Looks at a value that somebody sets and raises Invalid; values that are stored are not looked at again."""

    delegated: bool = False
    """Whoever administers a domain may set it there and for the accounts in it; else operators only."""
    secret: bool = False
    """Its values may hold passwords: the audit log tells only that there was one."""

    def parse(self, octets: bytes) -> T:
        """Read a value from JSON.

        Raises: Invalid, with the rule in words.
        """
        try:
            value: T = msgspec.json.decode(octets, type=self.kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Invalid(f"{self.key}: {error}") from error
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            self._check_range(value)
        return value

    def parse_text(self, text: str) -> T:
        """Read a value as people type it: bare words for text, comma-separated lists, ``a=b`` pairs; or JSON.

        Raises: Invalid.
        """
        value = self._typed(text)
        if self.check is not None:
            self.check(value)
        return value

    def _typed(self, text: str) -> T:
        try:
            return self.parse(text.encode())
        except Invalid:
            if self.kind is str or get_origin(self.kind) is Literal:
                return self.parse(msgspec.json.encode(text))
            items = [item.strip() for item in text.split(",") if item.strip()]
            if self.kind == list[str]:
                return self.parse(msgspec.json.encode(items))
            if self.kind == list[int]:
                return self.parse(f"[{text}]".encode())
            if self.kind == dict[str, str] and all("=" in item for item in items):
                return self.parse(msgspec.json.encode(dict(item.split("=", 1) for item in items)))
            if self.kind == dict[str, float] and all("=" in item for item in items):
                return self.parse(f"{{{', '.join(_pair(item) for item in items)}}}".encode())
            if self.kind is bool and text.lower() in {"on", "yes", "off", "no"}:
                return self.parse(b"true" if text.lower() in {"on", "yes"} else b"false")
            raise

    def _check_range(self, value: float) -> None:
        if self.least is not None and value < self.least:
            raise Invalid(f"{self.key}: {value} is less than {self.least} {self.unit}".rstrip())
        if self.most is not None and value > self.most:
            raise Invalid(f"{self.key}: {value} is more than {self.most} {self.unit}".rstrip())


def _pair(item: str) -> str:
    name, number = item.rsplit("=", 1)
    return f"{msgspec.json.encode(name.strip()).decode()}: {number.strip() or 'null'}"
