"""The hash of Python code: which source made a table.

Belongs here: hashing source files. Does not belong here: which files stand behind which table
(`derived.py`, `ingest/write.py`) or the code of SQL models (`warehouse/graph.py`).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from stevo_dagster.lake import text_sha256
from stevo_dagster.settings import PROJECT_ROOT


@lru_cache(maxsize=32)
def source_hash(code: tuple[str, ...]) -> str:
    """sha256 over Python files, and those in folders, named below the project root."""
    paths: list[Path] = []
    for name in code:
        path = PROJECT_ROOT / name
        paths += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return text_sha256(*(f"{path.relative_to(PROJECT_ROOT)}\n{path.read_text()}" for path in paths))
