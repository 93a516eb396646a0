"""Messages that IMAP tests use, by name."""

PLAIN = b"""\
From: a@example.test
Subject: plain
To: b@example.test

body
""".replace(b"\n", b"\r\n")

NESTED = (
    b"""\
Received: from relay.example by mx.example; Mon, 7 Feb 1994 21:52:26 -0800
From: Fred Foobar <foobar@blurdy.example>
To: mooch@owatagu.example
Subject: afternoon meeting
Date: Mon, 7 Feb 1994 21:52:25 -0800
Message-ID: <B27397-0100000@blurdy.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

"""
    + "grüße".encode()
    + b"""
--x
Content-Type: message/rfc822

Subject: inside

body
--x
Content-Type: application/octet-stream; name=a.bin
Content-Disposition: attachment; filename=a.bin
Content-Transfer-Encoding: base64

AGFiYw==
--x--
"""
).replace(b"\n", b"\r\n")

CHINESE = (
    b"From: =?gb18030?B?1cXI/Q==?= <zhang@example.test>\r\nSubject: =?gb18030?B?u+HS6Q==?=\r\n"
    b"Content-Type: text/plain; charset=gb18030\r\n\r\n" + "明天的会议取消。\r\n".encode("gb18030")
)
JAPANESE = (
    b"From: y@example.test\r\nSubject: =?iso-2022-jp?B?" + b"GyRCTTs7OxsoQg==" + b"?=\r\n"
    b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + "来年の予算について\r\n".encode("iso-2022-jp")
)


def letter(number: int, sender: str, subject: str, day: str, *, references: str = "", body: str = "") -> bytes:
    """A message with the id ``number@example.test``; ``day`` is its date, or nothing for none."""
    fields = [f"Message-ID: <{number}@example.test>", f"From: {sender}", f"Subject: {subject}", "To: team@example.test"]
    fields += [f"Date: {day}"] if day else []
    fields += ["References: " + " ".join(f"<{reference}@example.test>" for reference in references.split())] if references else []
    fields += ["Content-Type: text/plain; charset=utf-8", "", body, ""]
    return "\r\n".join(fields).encode()


LETTERS = {
    "plan": letter(1, "Zoe <anna@example.test>", "Plan", "Mon, 2 Jan 2023 10:00:00 +0000", body="We meet at noon."),
    "answer": letter(2, "bert@example.test", "Re: Plan", "Mon, 2 Jan 2023 12:00:00 +0000", references="1", body="Ｍｅｅｔ me!"),
    "late": letter(3, "Ärger <carl@example.test>", "re: plan", "Mon, 2 Jan 2023 11:00:00 +0000", references="1 9", body="Müller"),
    "other": letter(4, "Anna <anna@example.test>", "[team] Apples", "Sun, 1 Jan 2023 09:00:00 +0000", body="ガイド"),
    "orphan": letter(5, "dora@example.test", "Re: Orphan", "Tue, 3 Jan 2023 09:00:00 +0000", references="8", body="mu\u0308ller"),
    "sibling": letter(6, "bert@example.test", "Re: Orphan", "Tue, 3 Jan 2023 08:00:00 +0000", references="8", body="ｶﾞｲﾄﾞ"),
    "undated": letter(7, "anna@example.test", "apples", "", body="me, at noon, meet"),
}
"""What is sorted and threaded."""

MESSAGES = {"plain": PLAIN, "nested": NESTED, "chinese": CHINESE, "japanese": JAPANESE, **LETTERS}
