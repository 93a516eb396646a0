"""A port's verbs as messages: which there are, and how their arguments and answers are packed.

Everything is read off the ``typing.Protocol`` itself: its coroutine methods, their annotations. A message is a MessagePack
array; values are decoded strictly by the annotated types, so that a wrong message is an error and never a wrong value.
"""

import inspect
from collections.abc import Callable
from typing import Any, Final, get_type_hints

import msgspec

from posthouse.foundation import errors
from posthouse.foundation.errors import PosthouseError, Unavailable

PACK: Final = msgspec.msgpack.Encoder(enc_hook=list).encode
"""A port that asks for a sequence takes any: an array and a range travel as lists."""
FRAME_OCTETS: Final = 268_435_456
"""Longest message: a body in memory is at most the largest message accepted."""


class Request(msgspec.Struct, array_like=True):
    """One call; number 0 wants no answer."""

    number: int
    verb: str
    arguments: msgspec.Raw


class Response(msgspec.Struct, array_like=True):
    """The answer to one call: a result, or the class and text of an error."""

    number: int
    error: str
    text: str
    result: msgspec.Raw


class Verb:
    """One coroutine method of a port."""

    __slots__ = ("arguments", "name", "result", "signature")

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        hints = get_type_hints(function)
        result = hints.pop("return")
        self.name = name
        self.signature = inspect.signature(function)
        types = tuple(hints[parameter] for parameter in list(self.signature.parameters)[1:])
        self.arguments: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(tuple[types])  # type: ignore[valid-type]
        self.result: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(result)

    def pack(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
        """Pack arguments in the order of the signature, defaults filled in."""
        bound = self.signature.bind(None, *args, **kwargs)
        bound.apply_defaults()
        return PACK(list(bound.arguments.values())[1:])

    async def invoke(self, implementation: object, arguments: bytes) -> bytes:
        """Unpack arguments, call the implementation, pack the result."""
        values = list(self.arguments.decode(arguments))
        names = list(self.signature.parameters)[1:]
        keywords = {}
        for name in reversed(names):
            if self.signature.parameters[name].kind is inspect.Parameter.KEYWORD_ONLY:
                keywords[name] = values.pop()
        return PACK(await getattr(implementation, self.name)(*values, **keywords))


def verbs_of(port: type) -> dict[str, Verb]:
    """All coroutine methods of a port, inherited ones included."""
    return {name: Verb(name, function) for name, function in inspect.getmembers(port, inspect.iscoroutinefunction)}


def error_named(name: str, text: str) -> PosthouseError:
    """The house's error of this name; what the house does not know is ``Unavailable``."""
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, PosthouseError):
        return kind(text)
    return Unavailable(f"{name}: {text}")
