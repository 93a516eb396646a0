"""A foreign mail server: takes everything, remembers which messages came, and how often."""

import contextlib
import socketserver
import threading
from collections import Counter
from typing import Self


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the sender was killed
            self._converse()

    def _converse(self) -> None:
        sink = self.server
        assert isinstance(sink, Sink)
        self.wfile.write(b"220 sink\r\n")
        recipients: list[str] = []
        while line := self.rfile.readline(4096):
            verb = line[:4].upper()
            if verb in {b"EHLO", b"HELO"}:
                self.wfile.write(b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 104857600\r\n")
            elif verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                if self._content(sink, recipients):
                    recipients = []
                    self.wfile.write(b"250 2.0.0 kept\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                if verb == b"RCPT":
                    recipients.append(line.decode().partition("<")[2].partition(">")[0])
                self.wfile.write(b"250 2.1.0 OK\r\n")

    def _content(self, sink: "Sink", recipients: list[str]) -> bool:
        lines = []
        while (line := self.rfile.readline(65_536)) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b".") else line)
        if line == b"":
            return False
        octets = b"".join(lines)
        subject = octets.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()
        with sink.lock:
            for recipient in recipients:
                sink.received[subject, recipient] += 1
        return True


class Sink(socketserver.ThreadingTCPServer):
    """Counts messages by subject and recipient."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, handler: type[socketserver.StreamRequestHandler] = _Handler) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.lock = threading.Lock()
        self.received: Counter[tuple[str, str]] = Counter()
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop."""
        self.shutdown()
        self.server_close()
        self._thread.join()
