"""``posthouse domain export`` and ``import``, over an open house."""

from pathlib import Path

from posthouse.adapters.archive.tar import TarReader, TarWriter
from posthouse.adapters.vault.passphrase import ScryptPassphrases
from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR, House
from posthouse.services.administer.moving.bringing_in import BringingIn, ImportWish
from posthouse.services.administer.moving.bringing_in import Progress as ImportProgress
from posthouse.services.administer.moving.exporting import Exported, Exporting, ExportWish, Progress
from posthouse.services.administer.moving.planning import Plan


async def export_domain(house: House, name: str, path: Path, wish: ExportWish, progress: Progress) -> Exported:
    """Write a domain into a file (``Exporting.export``)."""
    return await Exporting(administration(house), ScryptPassphrases()).export(OPERATOR, name, wish, TarWriter(path), progress)


async def import_domain(house: House, path: Path, wish: ImportWish, progress: ImportProgress) -> Plan:
    """Bring in a domain from a file (``BringingIn.bring_in``)."""
    return await BringingIn(administration(house), house.spool, ScryptPassphrases()).bring_in(
        OPERATOR, TarReader(path), wish, progress
    )
