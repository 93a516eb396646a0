"""Which format a path holds."""

from pathlib import Path

from posthouse.adapters.mail_files.eml import EmlSource
from posthouse.adapters.mail_files.maildir import MaildirSource, is_maildir
from posthouse.adapters.mail_files.mbox import MboxSource
from posthouse.foundation.errors import Invalid, NotFound
from posthouse.ports.mail_source import MailSource

_LOOKED_AT = 5


def open_source(path: Path) -> MailSource:
    """Find out what lies at a path: a Maildir, an mbox file (or a folder of them), one message or a folder of messages.

    Raises: NotFound; Invalid where it is none of these.
    """
    if not path.exists():
        raise NotFound(f"{path} does not exist")
    if path.is_file():
        return MboxSource({(): path}) if _begins_as_mbox(path) else EmlSource({(): [path]})
    if is_maildir(path):
        return MaildirSource(path)
    boxes = {_levels(path, file, stem=True): file for file in sorted(path.rglob("*.mbox")) if file.is_file()}
    if boxes:
        return MboxSource(boxes)
    messages: dict[tuple[str, ...], list[Path]] = {}
    for file in sorted(path.rglob("*.eml")):
        messages.setdefault(_levels(path, file.parent, stem=False), []).append(file)
    if messages:
        return EmlSource(messages)
    raise Invalid(f"{path} holds no mail: a Maildir, *.mbox or *.eml files are wanted")


def _levels(root: Path, path: Path, *, stem: bool) -> tuple[str, ...]:
    parts = path.relative_to(root).parts
    return (*parts[:-1], path.stem) if stem else parts


def _begins_as_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(_LOOKED_AT) == b"From "
