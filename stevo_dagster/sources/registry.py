"""Every reader by the name users write after `--format`.

Belongs here: the list of readers. Does not belong here: anything about a format.
"""

from __future__ import annotations

from stevo_dagster.errors import StevoError
from stevo_dagster.sources import completejourney, events, movielens, olist, tianchi, tsmc2014
from stevo_dagster.sources.base.chunk import Reader

READERS: dict[str, Reader] = {
    reader.format: reader
    for reader in (
        events.READER,
        tsmc2014.READER,
        olist.READER,
        completejourney.READER,
        movielens.READER,
        tianchi.READER,
    )
}


def reader_of(name: str) -> Reader:
    """The reader of a format.

    Raises:
        StevoError: no such format; the known ones are listed.
    """
    if name not in READERS:
        known = "\n".join(f"    {r.format:<16}{r.description}" for r in READERS.values())
        raise StevoError(
            f"unknown format {name!r}", where="--format", fix=f"use one of these:\n{known}"
        )
    return READERS[name]
