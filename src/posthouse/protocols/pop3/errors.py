"""What goes wrong on the wire, and who did it."""

from posthouse.protocols.pop3.responses import Response


class SyntaxViolation(ValueError):
    """The client said something no rule allows; ``response`` is the answer to it."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.text)
        self.response = response


class Misuse(RuntimeError):
    """The driver did what the protocol does not allow: a bug of ours."""
