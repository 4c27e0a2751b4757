"""The manifest of one version: what the file holds, and from what code and inputs it came.

Belongs here: the manifest's fields, its version, its JSON. Does not belong here: computing hashes
of data (`hashes.py`) or moving files (`publish.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from stevo_dagster.errors import StevoError
from stevo_dagster.lake.layout import MANIFEST, Lake

FORMAT = 1
REPAIR = "`stevo doctor --repair` builds it again from what it was made from"


@dataclass(frozen=True)
class Manifest:
    """One version of one partition. `size` is in bytes; `created_at` is UTC, ISO 8601."""

    table: str
    partition: str
    sha256: str
    size: int
    rows: int
    content_hash: str
    schema: list[dict[str, str]]
    code_hash: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    run_id: str = ""
    created_at: str = ""
    format: int = FORMAT

    @property
    def version(self) -> str:
        """16 hex digits over content, code and inputs: equal work gives an equal version."""
        identity = [
            self.table,
            self.partition,
            self.content_hash,
            self.code_hash,
            sorted(self.inputs.items()),
        ]
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """The text of `manifest.json`."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"


def load_manifest(folder: Path) -> Manifest:
    """Read the manifest in a version's folder.

    Raises:
        StevoError: it is missing, is not JSON, was written by a newer stevo, or names a version
            other than its folder's: content, code and inputs are in that name.
    """
    path = folder / MANIFEST
    try:
        value = json.loads(path.read_text())
        if value["format"] > FORMAT:
            raise StevoError(
                f"manifest format {value['format']} is newer than this stevo knows ({FORMAT})",
                where=str(path),
                fix="install the newer stevo that wrote it",
            )
        found = Manifest(**value)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StevoError(
            f"a version of the lake has no readable manifest ({error})",
            where=str(path),
            fix=REPAIR,
        ) from None
    if found.version != folder.name:
        raise StevoError(
            "a manifest of the lake is damaged (it is not that of its version)",
            where=f"{found.table} {found.partition}: {path}",
            fix=REPAIR,
        )
    return found


def manifest(lake: Lake, table: str, partition: str) -> Manifest | None:
    """The manifest of the published version, or None where nothing is published."""
    link = lake.link(table, partition)
    if not link.is_symlink():
        return None
    return load_manifest(link.resolve())


def tables(lake: Lake) -> list[str]:
    """Names of the tables that have at least one published partition, sorted."""
    if not lake.root.is_dir():
        return []
    return sorted(
        entry.name
        for entry in lake.root.iterdir()
        if not entry.name.startswith(".") and partitions(lake, entry.name)
    )


def partitions(lake: Lake, table: str) -> list[str]:
    """Names of the published partitions of a table, sorted."""
    folder = lake.link(table, "all").parent
    if not folder.is_dir():
        return []
    return sorted(
        entry.name
        for entry in folder.iterdir()
        if not entry.name.startswith(".") and entry.is_symlink()
    )
