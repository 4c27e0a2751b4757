"""What a published table of patterns promises: its columns, their types and what each says.

Belongs here: the type contracts are written in, light to import. Does not belong here: the
contracts themselves (``contracts.py`` beside the statistics) or how a table is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Contract:
    """Columns in order: name to (pandas type, a sentence that says what it holds)."""

    columns: Mapping[str, tuple[str, str]]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(self.columns)

    @property
    def types(self) -> dict[str, str]:
        """Name to pandas type."""
        return {name: kind for name, (kind, _) in self.columns.items()}

    @property
    def descriptions(self) -> dict[str, str]:
        """Name to sentence."""
        return {name: words for name, (_, words) in self.columns.items()}

    def table(self, rows: Iterable[Mapping[str, Any]] | pd.DataFrame) -> pd.DataFrame:
        """Rows with exactly these columns and types; what a row does not name is missing in it."""
        # loading the definitions reads contracts, and must not load pandas
        import pandas as pd

        given = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
        return given.reindex(columns=list(self.columns)).astype(self.types)
