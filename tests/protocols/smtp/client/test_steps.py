"""The small flows others are made of."""

import pytest

from posthouse.protocols.smtp.client.replies import RemoteReply
from posthouse.protocols.smtp.client.steps import AWAIT, Send, ask
from posthouse.protocols.smtp.commands import Noop


def test_ask_sends_and_waits() -> None:
    flow = ask(Noop())
    assert next(flow) == Send(b"NOOP\r\n")
    assert flow.send(None) is AWAIT
    with pytest.raises(StopIteration) as returned:
        flow.send(RemoteReply(250))
    assert returned.value.value == RemoteReply(250)
