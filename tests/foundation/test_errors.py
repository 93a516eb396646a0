"""Two families of errors: try again later, and never."""

import pytest

from posthouse.foundation import errors
from posthouse.foundation.errors import Corrupt, PosthouseError, Refused, TemporaryFailure

EVERY = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PosthouseError)]


@pytest.mark.parametrize("kind", [kind for kind in EVERY if kind not in {PosthouseError, Corrupt}])
def test_an_error_says_whether_to_try_again(kind: type[PosthouseError]) -> None:
    assert issubclass(kind, TemporaryFailure) != issubclass(kind, Refused)
    assert kind.__doc__
