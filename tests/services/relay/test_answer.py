"""Reading results."""

import pytest

from posthouse.ports.transmitter import Result
from posthouse.services.relay.answer import Answer, Fate, answer_of


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        (Result(250, "2.1.5", "ok", "mx", relayed_dsn=True), Answer(Fate.RELAYED, "2.1.5", "250 2.1.5 ok", "mx", notifies=True)),
        (Result(550, "5.1.1", "no", "mx"), Answer(Fate.NEVER, "5.1.1", "550 5.1.1 no", "mx")),
        (Result(554, "", "no", "mx"), Answer(Fate.NEVER, "5.0.0", "554 no", "mx")),
        (Result(451, "", "", "mx"), Answer(Fate.LATER, "4.0.0", "451", "mx")),
        (Result(354, "", "odd", "mx"), Answer(Fate.LATER, "3.0.0", "354 odd", "mx")),
        (Result(421, "", "bye", "mx"), Answer(Fate.LATER, "4.0.0", "421 bye", "mx", unreached=True)),
        (Result(0, "", "gone", "mx"), Answer(Fate.LATER, "4.4.2", "gone", "mx", unreached=True)),
        (Result(0, "", "gone", "mx", uncertain=True), Answer(Fate.LATER, "4.4.2", "gone", "mx", uncertain=True)),
    ],
)
def test_answers(result: Result, answer: Answer) -> None:
    assert answer_of(result) == answer
