"""Letters become messages."""

import base64
import datetime as dt
from collections.abc import Mapping

from posthouse.bootstrap.demo.files import attached
from posthouse.bootstrap.demo.letter import Letter
from posthouse.bootstrap.demo.people import PEOPLE, named
from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.dsn.build import Notification, build_notification
from posthouse.formats.dsn.value import Action, DeliveryStatus, RecipientStatus
from posthouse.formats.header.date import format_date
from posthouse.formats.header.writing import structured
from posthouse.formats.mime.build import Attachment, Composition, address_field, build
from posthouse.formats.mime.transfer import encode_base64

_FAILED = "5.1.1"
_ENCODED_WORD = 56
"""Characters of base64 in one encoded word."""


class Composer:
    """Writes letters as of one moment."""

    def __init__(self, letters: Mapping[str, Letter], now: dt.datetime) -> None:
        self._letters = letters
        self._now = now

    def message(self, letter: Letter) -> bytes:
        """The whole message."""
        if letter.bounce_of:
            return self._bounce(letter)
        if letter.charset:
            return self._old_fashioned(letter)
        return build(self._composition(letter))

    def message_id(self, letter: Letter) -> bytes:
        """The same for the same letter every time; with angle brackets."""
        domain = named(letter.sender).address.domain if letter.sender else "old-ferry.example"
        return f"<{letter.key}.{letter.hours:g}@{domain}>".encode()

    def written_at(self, letter: Letter) -> dt.datetime:
        """When it was written, by the writer's own clock."""
        zone = dt.timezone(dt.timedelta(hours=letter.hours_ahead))
        return (self._now - dt.timedelta(hours=letter.hours)).astimezone(zone).replace(microsecond=0)

    def _composition(self, letter: Letter) -> Composition:
        at = self.written_at(letter)
        inline = [_shown(name, at) for name in letter.inline]
        files = [attached(name, at) for name in letter.attach]
        if letter.forward:
            forwarded = self.message(self._letters[letter.forward])
            files.append(Attachment(content=forwarded, media_type="message/rfc822", filename=f"{letter.forward}.eml"))
        earlier = self._earlier(letter)
        return Composition(
            author=[named(letter.sender)],
            date=at,
            message_id=self.message_id(letter),
            boundary=f"demo-{letter.key}",
            to=[named(text) for text in letter.to],
            cc=[named(text) for text in letter.cc],
            subject=letter.subject,
            in_reply_to=earlier[-1:],
            references=earlier,
            extra_fields=letter.fields,
            text=letter.text.strip("\n") + "\n",
            html=letter.html,
            inline=inline,
            attachments=files,
        )

    def _earlier(self, letter: Letter) -> list[bytes]:
        """The identifiers of the thread above a letter, the first one first."""
        found: list[bytes] = []
        while letter.answers:
            letter = self._letters[letter.answers]
            found.insert(0, self.message_id(letter))
        return found

    def _old_fashioned(self, letter: Letter) -> bytes:
        """A message as programs wrote them before UTF-8: one charset for everything."""
        encoded = letter.text.strip("\n").replace("\n", "\r\n").encode(letter.charset) + b"\r\n"
        fields = [
            structured("Date", format_date(self.written_at(letter)).encode("ascii")),
            *address_field("From", [named(letter.sender)]),
            *address_field("To", [named(text) for text in letter.to]),
            structured("Subject", _encoded_words(letter.subject, letter.charset)),
            structured("Message-ID", self.message_id(letter)),
            structured("MIME-Version", b"1.0"),
            structured("Content-Type", f"text/plain; charset={letter.charset}".encode("ascii")),
        ]
        if encoded.isascii():  # ISO-2022-JP
            return b"".join(fields) + b"Content-Transfer-Encoding: 7bit\r\n\r\n" + encoded
        return b"".join(fields) + b"Content-Transfer-Encoding: base64\r\n\r\n" + encode_base64(encoded)

    def _bounce(self, letter: Letter) -> bytes:
        lost = self._letters[letter.bounce_of]
        recipient = named(lost.to[0]).address
        status = RecipientStatus(
            final_recipient=format_mailbox(recipient),
            action=Action.FAILED,
            status=_FAILED,
            remote_mta=f"mx.{recipient.domain}",
            diagnostic_code="550 5.1.1 Tickets are sold at the pier only; this mailbox has been closed",
            last_attempt=self.written_at(letter),
        )
        return build_notification(
            Notification(
                status=DeliveryStatus(reporting_mta="mail.example.test", recipients=(status,), arrival=self.written_at(lost)),
                recipient=named(letter.to[0]).address,
                date=self.written_at(letter),
                message_id=self.message_id(letter),
                boundary=f"demo-{letter.key}",
                original=self.message(lost),
            )
        )


def readers(letter: Letter) -> list[str]:
    """Names of the people of the house who get a letter."""
    if letter.deliver_to is not None:
        return letter.deliver_to
    return [name for name in (*letter.to, *letter.cc) if name in PEOPLE]


def reverse_path(letter: Letter) -> str:
    """The envelope sender: empty for a notice that something was lost."""
    if letter.bounce_of:
        return ""
    return letter.envelope or format_mailbox(named(letter.sender).address)


def _shown(name: str, at: dt.datetime) -> Attachment:
    file = attached(name, at)
    return Attachment(content=file.content, media_type=file.media_type, filename=name, content_id=name)


def _encoded_words(text: str, charset: str) -> bytes:
    """Encoded words in an old charset, each whole by itself (RFC 2047 §5), folded."""
    words = []
    while text:
        size = next(size for size in range(len(text), 0, -1) if len(base64.b64encode(text[:size].encode(charset))) <= _ENCODED_WORD)
        words.append(f"=?{charset}?B?{base64.b64encode(text[:size].encode(charset)).decode()}?=".encode())
        text = text[size:]
    return b"\r\n ".join(words)
