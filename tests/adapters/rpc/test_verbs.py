"""A port's verbs, read off its annotations."""

import inspect
from array import array
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
import pytest

from posthouse.adapters.rpc.verbs import PACK, error_named, verbs_of
from posthouse.foundation import errors
from posthouse.foundation.errors import NotFound, PosthouseError, Unavailable
from posthouse.foundation.ids import AccountId
from posthouse.model.content import Content, Range
from posthouse.model.mailbox import FlagChange, FlagOperation, SpecialUse
from posthouse.ports.account_store import AccountReader, AccountStore
from posthouse.ports.directory import Directory
from posthouse.ports.queue import Queue


class Looking(Protocol):
    async def look(self, key: bytes) -> int: ...


class Port(Looking, Protocol):
    async def do(self, account: AccountId, numbers: Sequence[int], change: FlagChange, *, forced: bool = False) -> list[str]: ...

    async def keep(self, content: Content, use: SpecialUse | None = None) -> Content: ...

    def now(self) -> float: ...


class Real:
    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def look(self, key: bytes) -> int:
        return len(key)

    async def do(self, account: AccountId, numbers: Sequence[int], change: FlagChange, *, forced: bool = False) -> list[str]:
        self.asked.append((account, numbers, change, forced))
        return [str(number) for number in numbers]

    async def keep(self, content: Content, use: SpecialUse | None = None) -> Content:
        self.asked.append(use)
        return content


CHANGE = FlagChange(FlagOperation.ADD, 3, ("$k",))


async def call(real: Real, verb: str, *args: Any, **kwargs: Any) -> Any:
    found = verbs_of(Port)[verb]
    return found.result.decode(await found.invoke(real, found.pack(args, kwargs)))


def test_coroutines_are_verbs_inherited_ones_too() -> None:
    assert set(verbs_of(Port)) == {"look", "do", "keep"}


@pytest.mark.parametrize("port", [AccountReader, AccountStore, Directory, Queue])
def test_every_port_that_travels_can(port: type) -> None:
    verbs = verbs_of(port)
    assert set(verbs) == {name for name, _ in inspect.getmembers(port, inspect.iscoroutinefunction)}
    assert verbs


async def test_arguments_and_results_arrive_as_they_left() -> None:
    real = Real()
    assert await call(real, "do", b"a" * 16, [1, 2], CHANGE, forced=True) == ["1", "2"]
    assert await call(real, "do", b"a" * 16, numbers=[3], change=CHANGE) == ["3"]
    assert real.asked == [(b"a" * 16, [1, 2], CHANGE, True), (b"a" * 16, [3], CHANGE, False)]


async def test_pieces_and_choices_survive() -> None:
    real = Real()
    content = Content(b"\x00\xff", (b"inserted", Range(0, 2)))
    assert await call(real, "keep", content, SpecialUse.JUNK) == content
    assert await call(real, "keep", content) == content
    assert real.asked == [SpecialUse.JUNK, None]
    assert real.asked[0] is SpecialUse.JUNK


@pytest.mark.parametrize("numbers", [(1, 2), range(1, 3), array("I", [1, 2])])
async def test_any_sequence_travels(numbers: Sequence[int]) -> None:
    assert await call(Real(), "do", b"a" * 16, numbers, CHANGE) == ["1", "2"]


def test_a_wrong_call_is_noticed_where_it_is_made() -> None:
    with pytest.raises(TypeError):
        verbs_of(Port)["look"].pack((), {})
    with pytest.raises(TypeError):
        verbs_of(Port)["look"].pack((b"key",), {"more": 1})
    with pytest.raises(TypeError):
        verbs_of(Port)["look"].pack((object(),), {})


@pytest.mark.parametrize("arguments", [[], ["text"], [b"key", 1], [None], {"key": b"key"}, 5])
async def test_wrong_arguments_are_an_error_and_never_a_wrong_value(arguments: object) -> None:
    with pytest.raises(msgspec.DecodeError):
        await verbs_of(Port)["look"].invoke(Real(), PACK(arguments))


EVERY_ERROR = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PosthouseError)]


@pytest.mark.parametrize("kind", EVERY_ERROR)
def test_errors_keep_class_and_words(kind: type[PosthouseError]) -> None:
    found = error_named(kind.__name__, "what to do")
    assert (type(found), str(found)) == (kind, "what to do")


@pytest.mark.parametrize("name", ["ValueError", "Exception", "nobody", "", "annotations", "__name__"])
def test_what_the_house_does_not_know_is_temporary(name: str) -> None:
    found = error_named(name, "what happened")
    assert type(found) is Unavailable
    assert "what happened" in str(found)


def test_a_kind_of_an_error_is_still_told_apart() -> None:
    assert isinstance(error_named("NotFound", "x"), NotFound)
