"""One port, several places: looking happens here, changing where the owner is."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from posthouse.adapters.rpc.verbs import verbs_of

T = TypeVar("T")


class _Routed:
    def __init__(self, local: object, local_verbs: frozenset[str], verbs: frozenset[str], place: Callable[[Any], object]) -> None:
        self._local = local
        self._local_verbs = local_verbs
        self._verbs = verbs
        self._place = place

    def __getattr__(self, verb: str) -> Any:
        if verb in self._local_verbs:
            found = getattr(self._local, verb)
        elif verb in self._verbs:
            found = self._sender(verb)
        else:
            raise AttributeError(verb)
        setattr(self, verb, found)
        return found

    def _sender(self, verb: str) -> Any:
        async def send(*args: Any, **kwargs: Any) -> Any:
            return await getattr(self._place(args[0] if args else None), verb)(*args, **kwargs)

        return send


def routed(port: type[T], reader: type, local: object, place: Callable[[Any], object]) -> T:
    """A port whose reader verbs run on ``local`` and whose other verbs go to ``place(first argument)``."""
    looking = frozenset(verbs_of(reader))
    return cast("T", _Routed(local, looking, frozenset(verbs_of(port)), place))
