"""What is attached to letters: files small and whole, made on the spot."""

import datetime as dt

from posthouse.bootstrap.demo.pictures import picture
from posthouse.formats.mime.build import Attachment

_LINE = 16
_LEFT, _TOP = 72, 760


def attached(name: str, sent_at: dt.datetime) -> Attachment:
    """The file of this name; its content follows from its ending."""
    stem, _, ending = name.rpartition(".")
    if ending == "png":
        return Attachment(content=picture(name), media_type="image/png", filename=name)
    if ending == "pdf":
        title = stem if stem.isascii() else "Posthouse demonstration"
        lines = [
            title,
            "",
            f"Made on {sent_at:%d %B %Y} for the people of example.test.",
            "There is nothing more to read on this page.",
        ]
        return Attachment(content=pdf(lines), media_type="application/pdf", filename=name)
    if ending == "ics":
        return Attachment(content=calendar(stem, sent_at), media_type="text/calendar", filename=name)
    if ending == "vcf":
        return Attachment(content=_CARD.encode(), media_type="text/vcard", filename=name)
    return Attachment(content=_TABLE.encode(), media_type="text/csv", filename=name)


def pdf(lines: list[str]) -> bytes:
    """A PDF of one page (ISO 32000-1 §7.5) with lines of ASCII."""
    shown = "".join(f"({_escaped(line)}) Tj 0 -{_LINE} Td\n" for line in lines)
    stream = f"BT /F1 12 Tf {_LEFT} {_TOP} Td\n{shown}ET".encode("ascii", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return body + head + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))


def calendar(title: str, sent_at: dt.datetime) -> bytes:
    """An invitation (RFC 5545, RFC 5546) for the Thursday after the letter, ten to eleven."""
    day = (sent_at + dt.timedelta(days=(3 - sent_at.weekday()) % 7 or 7)).date()
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Posthouse//Demonstration//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{title.encode().hex()}@example.test",
        f"DTSTAMP:{sent_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{day:%Y%m%d}T100000",
        f"DTEND:{day:%Y%m%d}T110000",
        f"SUMMARY:{title}",
        "ORGANIZER;CN=Bob Chen:mailto:bob@example.test",
        "ATTENDEE;CN=Alice Liddell;RSVP=TRUE:mailto:alice@example.test",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


_CARD = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Wilhelm Strößner\r\nN:Strößner;Wilhelm;;;\r\nEMAIL:wilhelm@stroessner-uebersetzt.example\r\n"
    "TEL;TYPE=voice:+49 30 23125 018\r\nADR:;;Größenstraße 7;Leipzig;;04109;Deutschland\r\nEND:VCARD\r\n"
)
_TABLE = (
    "item,title,copies,price\r\n1,Small Boats,12,18.50\r\n2,Small Boats (poster),4,9.00\r\n"
    '3,The Tin Harbour (advance copy),1,0.00\r\n4,"Paper, 90 g, natural white (samples)",3,0.00\r\n'
)
