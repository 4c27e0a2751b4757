"""The only lister of the lake's files: links resolved first, every version's hash checked once.

Belongs here: from (table, partitions) to verified paths. Does not belong here: opening them.
DuckDB does not notice flipped bits in Parquet, so nothing may read a file that did not come from
`files`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from stevo_dagster.errors import StevoError
from stevo_dagster.lake.hashes import file_sha256
from stevo_dagster.lake.layout import PART, Lake
from stevo_dagster.lake.manifest import REPAIR, Manifest, load_manifest, partitions

_verified: set[tuple[str, str]] = set()


def files(lake: Lake, table: str, wanted: Iterable[str] | None = None) -> list[Path]:
    """Paths of the published files of a table, verified.

    Args:
        lake: the lake.
        table: the table's name.
        wanted: partitions; None means every published one.

    Returns:
        One resolved path a partition, in the order asked for (sorted for None). Paths stay valid
        while later versions are published.

    Raises:
        StevoError: a partition is not published, or a file differs from its manifest.
    """
    names = partitions(lake, table) if wanted is None else list(wanted)
    return [verified(version_folder(lake, table, name)) for name in names]


def version_folder(lake: Lake, table: str, partition: str) -> Path:
    """The folder of the published version, with its link resolved.

    Raises:
        StevoError: nothing is published there.
    """
    link = lake.link(table, partition)
    if not link.is_symlink():
        raise StevoError(
            f"{table} {partition} is not published",
            where=str(link),
            fix="materialise it first: `stevo run`",
        )
    return link.resolve()


def verified(folder: Path) -> Path:
    """The data file of a version's folder, after its hash was checked once in this process.

    Raises:
        StevoError: the file is missing, or its bytes differ from its manifest.
    """
    described = load_manifest(folder)
    path = folder / PART
    key = (str(folder), described.sha256)
    if key not in _verified:
        check_file(path, described)
        _verified.add(key)
    return path


def damage(folder: Path) -> StevoError | None:
    """What is wrong with a version's folder, its bytes read now; None for nothing."""
    try:
        check_file(folder / PART, load_manifest(folder))
    except StevoError as error:
        return error
    return None


def check_file(path: Path, described: Manifest) -> None:
    """Compare a file with its manifest.

    Raises:
        StevoError: missing, of another size, or of another sha256.
    """
    where = f"{described.table} {described.partition}: {path}"
    if not path.is_file():
        raise StevoError("a file of the lake is missing", where=where, fix=REPAIR)
    if path.stat().st_size != described.size or file_sha256(path) != described.sha256:
        raise StevoError("a file of the lake is damaged (sha256 differs)", where=where, fix=REPAIR)
