"""Sources that are folders: finding their files, and reading the tables that lines refer to.

Belongs here: files by role, and look-ups by key. Does not belong here: any one folder's names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from stevo_dagster.sources.base.faults import FileProblem


def files_named(names: Mapping[str, str]) -> Callable[[Path], dict[str, Path]]:
    """A `Reader.find` for folders whose files have fixed names, by role."""

    def find(folder: Path) -> dict[str, Path]:
        missing = [name for name in names.values() if not (folder / name).is_file()]
        if missing:
            raise FileProblem(f"the folder lacks {', '.join(missing)}", where=str(folder))
        return {role: folder / name for role, name in names.items()}

    return find


def text_table(path: Path, names: tuple[str, ...], delimiter: str = ",") -> pa.Table:
    """Some columns of a whole delimited file, all as texts; empty texts are null.

    Raises:
        FileProblem: it cannot be read so.
    """
    try:
        return pa_csv.read_csv(
            path,
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                include_columns=list(names),
                column_types={name: pa.string() for name in names},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise FileProblem(f"unreadable: {error}", where=path.name) from None


class Lookup:
    """Rows of a table by a key, of which the first row counts."""

    def __init__(self, table: pa.Table, key: str) -> None:
        self._table = table.combine_chunks()
        self._keys = self._table.column(key).combine_chunks()

    def index(self, keys: pa.Array) -> pa.Array:
        """Row of each key, int32 (n,); null where there is none."""
        return pc.index_in(keys, self._keys, skip_nulls=True)

    def values(self, index: pa.Array, name: str) -> pa.Array:
        """A column at rows, (n,); null where the row is null."""
        found = self._table.column(name).take(index)
        return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
