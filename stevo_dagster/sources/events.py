"""Reader `events`: files in stevo's own event contract, as JSON lines, CSV or Parquet.

Belongs here: telling the three apart by their bytes. Does not belong here: reading them
(`events_jsonl.py`, `events_csv.py`, `events_parquet.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from stevo_dagster.sources import events_jsonl
from stevo_dagster.sources.base.chunk import Chunk, Reader, Source, single_file


def _chunks(source: Source) -> Iterator[Chunk]:
    return events_jsonl.chunks(source)


READER = Reader(
    format="events",
    description="the event contract, as JSON lines, CSV (either may be .gz) or Parquet",
    find=single_file,
    chunks=_chunks,
)
