"""Landing: original bytes are kept, by their hash, before anything reads them.

Belongs here: copying files in, file ids, and the sidecar that remembers when a file first came.
Does not belong here: what is in them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stevo_dagster.errors import StevoError
from stevo_dagster.lake import file_sha256
from stevo_dagster.lake.publish import fsync_path
from stevo_dagster.settings import Settings
from stevo_dagster.sources.base.chunk import Reader, Source
from stevo_dagster.sources.base.faults import FileProblem
from stevo_dagster.sources.registry import reader_of

BLOCK = 4 << 20
ID_DIGITS = 16
SHA_DIGITS = 64
_FILE_ID = re.compile(rf"[0-9a-f]{{{ID_DIGITS}}}\Z")
_SOURCE = re.compile(r"[a-z0-9_-]{1,64}\Z")


@dataclass(frozen=True)
class Landed:
    """One landed file, or folder of files.

    Args:
        file_id: 16 hex digits.
        name: what the user called it.
        format, source: as given when it first came.
        received_at: when it first came, UTC.
        files: the landed file of each role.
    """

    file_id: str
    name: str
    format: str
    source: str
    received_at: datetime
    files: Mapping[str, Path]

    @property
    def reader(self) -> Reader:
        """The reader of its format."""
        return reader_of(self.format)

    def opened(self) -> Source:
        """As a reader opens it."""
        return Source(self.name, self.files)


def land(settings: Settings, path: Path, form: str, source: str) -> Landed:
    """Keep the bytes of a file, or of a folder's files.

    Raises:
        StevoError: unknown format, bad source name, or a missing, empty or unreadable file.
    """
    reader = reader_of(form)
    if not _SOURCE.match(source):
        raise StevoError(
            f"{source!r} is not a source name",
            where="--source",
            fix="use 1 to 64 of a-z, 0-9, _ and -",
        )
    members = _members(reader, path)
    landed = {role: _keep(settings, member) for role, member in members.items()}
    if reader.is_folder:
        text = json.dumps(sorted((role, sha) for role, sha in landed.items()))
        whole = hashlib.sha256(text.encode()).hexdigest()
    else:
        whole = landed["file"]
    sidecar = _sidecar(settings, whole)
    if not sidecar.exists():
        size = sum(member.stat().st_size for member in members.values())
        told = {"name": path.name, "format": form, "source": source, "size": size}
        told |= {"received_at": datetime.now(UTC).isoformat(), "files": landed}
        _write_once(sidecar, json.dumps(told, indent=2))
    return _landed(settings, whole, json.loads(sidecar.read_text()), form, source)


def find_landed(settings: Settings, file_id: str) -> Landed:
    """A file that was landed before.

    Raises:
        StevoError: its original is not there.
    """
    folder = settings.landing / "files" / file_id[:2]
    is_id = _FILE_ID.match(file_id)
    found = sorted(folder.glob(f"{file_id}*.json")) if is_id else []
    if not found:
        raise StevoError(f"the original of file {file_id} is not there", where=str(folder))
    told = json.loads(found[0].read_text())
    return _landed(settings, found[0].stem, told, told["format"], told["source"])


def damaged_originals(settings: Settings) -> list[Path]:
    """Landed files whose bytes are no longer those of their name, which is their sha256."""
    folder = settings.landing / "files"
    kept = sorted(folder.glob(f"??/{'?' * SHA_DIGITS}")) if folder.is_dir() else []
    return [path for path in kept if file_sha256(path) != path.name]


def _landed(
    settings: Settings, whole: str, told: Mapping[str, Any], form: str, source: str
) -> Landed:
    return Landed(
        whole[:ID_DIGITS],
        told["name"],
        form,
        source,
        datetime.fromisoformat(told["received_at"]),
        {role: _place(settings, sha) for role, sha in told["files"].items()},
    )


def _members(reader: Reader, path: Path) -> dict[str, Path]:
    if not path.exists():
        raise StevoError("no such file", where=str(path), fix="check the path")
    if path.is_dir() != reader.is_folder:
        wanted = "a folder" if reader.is_folder else "a file"
        raise FileProblem(f"format {reader.format} is read from {wanted}", where=str(path))
    members = reader.find(path)
    for member in members.values():
        if not member.is_file():
            raise FileProblem("not a regular file", where=str(member))
        if member.stat().st_size == 0:
            raise FileProblem("the file is empty", where=str(member))
    return members


def _place(settings: Settings, sha: str) -> Path:
    return settings.landing / "files" / sha[:2] / sha


def _sidecar(settings: Settings, sha: str) -> Path:
    return settings.landing / "files" / sha[:2] / f"{sha}.json"


def _keep(settings: Settings, path: Path) -> str:
    """Copy a file under its sha256, and return it."""
    incoming = settings.landing / "files" / f".incoming-{os.getpid()}"
    _private_folder(incoming.parent, settings.landing)
    digest = hashlib.sha256()
    descriptor = os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with path.open("rb") as original, os.fdopen(descriptor, "wb") as copy:
        while block := original.read(BLOCK):
            digest.update(block)
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
    sha = digest.hexdigest()
    _private_folder(_place(settings, sha).parent, settings.landing)
    os.replace(incoming, _place(settings, sha))
    fsync_path(_place(settings, sha).parent)
    return sha


def _private_folder(folder: Path, top: Path) -> None:
    for made in (top, top / "files", folder):
        made.mkdir(mode=0o700, parents=True, exist_ok=True)


def _write_once(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(part, path)
    fsync_path(path.parent)
