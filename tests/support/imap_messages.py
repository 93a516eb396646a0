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

MESSAGES = {"plain": PLAIN, "nested": NESTED, "chinese": CHINESE, "japanese": JAPANESE}
