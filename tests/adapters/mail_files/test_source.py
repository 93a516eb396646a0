"""Mail in files: what is found at a path, with dates, flags and folders."""

import os
from pathlib import Path

import pytest

from posthouse.adapters.mail_files import reading
from posthouse.adapters.mail_files.source import open_source
from posthouse.foundation.errors import Invalid, NotFound
from posthouse.model.mailbox import Flag
from posthouse.ports.mail_source import MailSource, StoredMessage, Unreadable

MESSAGE = b"Subject: x\nDate: Thu, 13 Nov 2003 13:30:25 +0000\n\nhello\n"
WIRE = MESSAGE.replace(b"\n", b"\r\n")
STAMP = b"From a@b.test Fri Nov 14 13:30:25 2003\n"
AT = 1_068_730_225.0


def _all(source: MailSource) -> dict[tuple[str, ...], list[StoredMessage | Unreadable]]:
    return {folder: list(source.messages(folder)) for folder in source.folders()}


def _stored(message: StoredMessage | Unreadable) -> StoredMessage:
    assert isinstance(message, StoredMessage)
    return message


def _maildir(path: Path, *names: str) -> None:
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)
    for name in names:
        (path / ("cur" if ":" in name else "new") / name).write_bytes(MESSAGE)


def test_a_maildir_with_dotted_folders(tmp_path: Path) -> None:
    _maildir(tmp_path, "1068730226.2.h", "1068730225.1.h:2,PRSTDFab")
    (tmp_path / "dovecot-keywords").write_text("0 $Label1\n")
    _maildir(tmp_path / ".Work.&Zi9O9g-", "1068730225.1.h:2,S")
    (tmp_path / "tmp" / "1068730225.3.h").write_bytes(b"half a mess")
    found = _all(open_source(tmp_path))
    assert set(found) == {(), ("Work", "是件")}
    first, second = map(_stored, found[()])
    assert first.octets == WIRE
    assert first.received_at == AT
    assert first.flags == int(Flag.ANSWERED | Flag.SEEN | Flag.DELETED | Flag.DRAFT | Flag.FLAGGED)
    assert first.keywords == ("$Label1", "$Forwarded")
    assert (second.flags, second.keywords, second.received_at) == (0, (), AT + 1)


def test_a_maildir_with_plain_folders_and_times_of_files(tmp_path: Path) -> None:
    _maildir(tmp_path / "Sent", "1068730225.1.h:2,S", "odd-name:2,")
    os.utime(tmp_path / "Sent" / "cur" / "1068730225.1.h:2,S", (1, 1_000_000_000))
    os.utime(tmp_path / "Sent" / "cur" / "odd-name:2,", (1, 1_100_000_000))
    found = _all(open_source(tmp_path))
    assert list(found) == [("Sent",)]
    assert [_stored(message).received_at for message in found[("Sent",)]] == [1_000_000_000.0, 1_100_000_000.0]


def test_an_mbox_file(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(STAMP + b"Status: RO\nX-Status: F\n" + MESSAGE + b">From x\n\n" + STAMP + b"X-Mozilla-Status: 0008\n\n\n")
    (message,) = _all(open_source(path))[()]
    stored = _stored(message)
    assert stored.octets == b"Status: RO\r\nX-Status: F\r\n" + WIRE + b"From x\r\n"
    assert (stored.received_at, stored.flags) == (AT + 86_400, int(Flag.SEEN | Flag.FLAGGED))


def test_a_postmark_without_a_date_leaves_the_header_to_tell(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    path.write_bytes(
        b"From a@b 10:30\n" + MESSAGE + b"\nFrom a@b 10:30\nReceived: by x;\n Fri, 14 Nov 2003 13:30:25 +0000\n" + MESSAGE
    )
    assert [_stored(message).received_at for message in _all(open_source(path))[()]] == [AT, AT + 86_400]


def test_a_folder_of_mbox_files(tmp_path: Path) -> None:
    (tmp_path / "Old").mkdir()
    (tmp_path / "Old" / "2003.mbox").write_bytes(STAMP + MESSAGE + b"\n")
    (tmp_path / "empty.mbox").write_bytes(b"")
    found = _all(open_source(tmp_path))
    assert {folder: len(messages) for folder, messages in found.items()} == {("Old", "2003"): 1, ("empty",): 0}


def test_whoever_stops_early_leaves_no_mess(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    path.write_bytes((STAMP + MESSAGE + b"\n") * 3)
    messages = open_source(path).messages(())
    assert isinstance(next(messages), StoredMessage)
    del messages


def test_single_messages(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "1.eml").write_bytes(MESSAGE)
    (tmp_path / "2.eml").write_bytes(WIRE)
    found = _all(open_source(tmp_path))
    assert set(found) == {(), ("a", "b")}
    message = _stored(found[("a", "b")][0])
    assert (message.octets, message.received_at, message.flags) == (WIRE, AT, int(Flag.SEEN))
    assert [_stored(m).octets for m in _all(open_source(tmp_path / "2.eml"))[()]] == [WIRE]


def test_what_is_too_large_or_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MESSAGE_OCTETS", 10)
    (tmp_path / "1.eml").write_bytes(MESSAGE)
    source = open_source(tmp_path)
    (refused,) = _all(source)[()]
    assert isinstance(refused, Unreadable)
    assert "at most 10" in refused.reason
    (tmp_path / "1.eml").unlink()
    (gone,) = source.messages(())
    assert isinstance(gone, Unreadable)
    assert "No such file" in gone.reason


def test_where_there_is_no_mail(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_source(tmp_path / "nowhere")
    with pytest.raises(Invalid, match="holds no mail"):
        open_source(tmp_path)
