"""The demonstration's server as a process of its own."""

import contextlib
import ctypes
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from posthouse.bootstrap.layout import Layout
from posthouse.bootstrap.serve import serve
from posthouse.foundation.errors import PosthouseError

READY: Final = b"posthouse ready"
STOP_SECONDS: Final = 15.0
_PR_SET_PDEATHSIG: Final = 1


@contextlib.contextmanager
def running(layout: Layout, port_offset: int) -> "Iterator[subprocess.Popen[bytes]]":
    """Start the server; it is stopped when the block is left, in whichever way."""
    arguments = [sys.executable, "-m", __name__, str(layout.root), str(port_offset)]
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def is_ready(process: "subprocess.Popen[bytes]") -> bool:
    """Wait for the server's word; False when it ended instead (it has said why)."""
    assert process.stdout is not None
    return process.stdout.readline().strip() == READY


def main() -> None:
    """Serve, in the new process; it ends with the one that started it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        sys.exit(serve(Layout(Path(sys.argv[1])), bind=["127.0.0.1"], port_offset=int(sys.argv[2])))
    except PosthouseError as error:
        sys.exit(f"posthouse: {error}")


if __name__ == "__main__":
    main()
