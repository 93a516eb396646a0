"""What an account says by itself to who writes to it (B6)."""

import msgspec


class AutoReply(msgspec.Struct, frozen=True):
    """A text and when it is sent; moments are in seconds since 1970, 0 is none."""

    text: str
    subject: str = ""
    """Empty: that of the message that is answered, with a word in front."""
    begins_at: float = 0.0
    ends_at: float = 0.0
    most_per_day: int = 1
    """Replies to one sender in any 24 hours."""

    def holds_at(self, moment: float) -> bool:
        """Whether it is sent at a moment."""
        return self.begins_at <= moment and (not self.ends_at or moment < self.ends_at)
