"""SQL texts for reading the lake's files.

Belongs here: quoting, and the one way to scan Parquet. Does not belong here: opening connections.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def sql_text(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def scan(paths: Iterable[Path]) -> str:
    """What stands after FROM to read Parquet files as they are.

    Hive partitioning is off: `day=…` is a folder's name here, and day tables hold `day` themselves.
    """
    listed = ", ".join(sql_text(str(path)) for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
