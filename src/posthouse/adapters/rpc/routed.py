"""One port, several places: looking happens here, changing where the owner is."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from posthouse.adapters.rpc.verbs import verbs_of

T = TypeVar("T")


class _Routed:
    def __init__(
        self, local: object, verbs: tuple[frozenset[str], frozenset[str]], place: Callable[[Any], object], sent: Callable[[], None]
    ) -> None:
        self._local = local
        self._local_verbs, self._verbs = verbs
        self._place = place
        self._sent = sent

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
            try:
                return await getattr(self._place(args[0] if args else None), verb)(*args, **kwargs)
            finally:
                self._sent()

        return send


def _nothing() -> None:
    return


def routed(port: type[T], reader: type, local: object, place: Callable[[Any], object], *, sent: Callable[[], None] = _nothing) -> T:
    """A port whose reader verbs run on ``local`` and whose other verbs go to ``place(first argument)``.

    ``sent`` is called after each of the others, whatever became of it: ``local`` may remember what is no longer so.
    """
    verbs = frozenset(verbs_of(reader)), frozenset(verbs_of(port))
    return cast("T", _Routed(local, verbs, place, sent))
