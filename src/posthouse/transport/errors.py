"""What may happen to a connection."""


class Disconnected(ConnectionError):
    """The other side is gone; whoever was writing may stop."""
