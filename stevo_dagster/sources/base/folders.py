"""Sources that are a folder of files: finding the file of each role.

Belongs here: names, missing files, links that lead out of the folder. Does not belong here: what
is in the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stevo_dagster.sources.base.faults import FileProblem


def folder_files(
    folder: Path, required: Mapping[str, str], optional: Mapping[str, str] | None = None
) -> dict[str, Path]:
    """The file of each role in a folder.

    Args:
        folder: the folder a user named.
        required: role to file name; all must be there.
        optional: role to file name; those missing are left out.

    Raises:
        FileProblem: a required file is missing, or a file is a link that leads out of the folder.
    """
    missing = [name for name in required.values() if not (folder / name).exists()]
    if missing:
        raise FileProblem(
            f"the folder lacks {', '.join(missing)}",
            where=str(folder),
            fix="put all files of the data set into one folder, under their original names",
        )
    found = {role: folder / name for role, name in {**required, **(optional or {})}.items()}
    found = {role: path for role, path in found.items() if path.exists()}
    inside = folder.resolve()
    for path in found.values():
        if not path.resolve().is_relative_to(inside):
            raise FileProblem("a link leads out of the folder", where=str(path))
    return found
