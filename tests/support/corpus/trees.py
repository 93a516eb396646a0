"""Hypothesis strategies for messages: well-formed trees with what they must scan to, and soup of what mail is made of."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

LINES = st.lists(st.sampled_from([b"", b"hello", b"- a", b"-- ", b"--", b"--x", b" --b", b"\xc3\xa4", b"a: b"]), max_size=4)


@dataclass
class Entity:
    """A well-formed entity before it is written."""

    media_type: str
    body: bytes = b""
    children: list["Entity"] = field(default_factory=list)

    def written(self, line_end: bytes, boundary: str = "b") -> bytes:
        """Return the octets; boundaries derive from the place in the tree, so no two are equal."""
        if self.media_type.startswith("multipart/"):
            delimiter = b"--" + boundary.encode()
            head = f"Content-Type: {self.media_type}; boundary={boundary}".encode()
            lines = [head, b"", b"preamble"]
            for number, child in enumerate(self.children):
                lines += [delimiter, child.written(line_end, f"{boundary}.{number}")]
            return line_end.join([*lines, delimiter + b"--", b"epilogue", b""])
        head = f"Content-Type: {self.media_type}".encode() + line_end * 2
        if self.media_type == "message/rfc822":
            return head + b"Subject: inside" + line_end + self.children[0].written(line_end, boundary + ".m")
        return head + self.body.replace(b"\n", line_end)


_LEAVES = st.builds(Entity, st.sampled_from(["text/plain", "text/html", "image/png"]), LINES.map(b"\n".join))


def _containers(children: st.SearchStrategy[Entity]) -> st.SearchStrategy[Entity]:
    multipart = st.sampled_from(["multipart/mixed", "multipart/alternative"])
    return st.builds(Entity, multipart, st.just(b""), st.lists(children, min_size=1, max_size=4)) | st.builds(
        Entity, st.just("message/rfc822"), st.just(b""), st.lists(children, min_size=1, max_size=1)
    )


ENTITIES = st.recursive(_LEAVES, _containers, max_leaves=12)

_FRAGMENTS = [
    b"Content-Type: multipart/mixed; boundary=b",
    b'content-type: multipart/digest;\r\n\tboundary="b b"',
    b"Content-Type: message/rfc822",
    b"Content-Type: multipart/x; boundary=b--",
    b"Content-Transfer-Encoding: base64",
    b"Content-Disposition: attachment; filename=\"a",
    b"--b",
    b"--b--",
    b"--b----",
    b"--b b ",
    b"--b b--\t",
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\n\n",
    b" folded",
    b"From ",
    b"text",
    b"\x00\xff",
]  # fmt: skip
SOUP = st.lists(st.sampled_from(_FRAGMENTS) | st.binary(max_size=4), max_size=40).map(b"".join)
"""Octets that look like mail in the small and like nothing in the large."""
