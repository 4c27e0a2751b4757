"""Reader `movielens`: a folder with one `.inter` file of ratings and one `.item` file of films.

Both are tab separated with typed headers, as `user_id:token`. A rating is a review; its category is
the film's first class; all classes and its title are in `extra`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from stevo_dagster.sources.base.chunk import Chunk, Reader, Source
from stevo_dagster.sources.base.contract import INSTANT
from stevo_dagster.sources.base.convert import blank_to_null, columns_from_texts
from stevo_dagster.sources.base.extras import extra_column
from stevo_dagster.sources.base.faults import Faults, FileProblem, shown
from stevo_dagster.sources.base.folder import Lookup, text_table
from stevo_dagster.sources.base.lines import LineReader
from stevo_dagster.sources.base.stream import open_bytes
from stevo_dagster.sources.base.text_chunks import chunk_of, named_blocks

_HEADER = ("user_id:token", "item_id:token", "rating:float", "timestamp:float")
_ITEM = ("item_id:token", "movie_title:token_seq", "class:token_seq")
_SECONDS = r"^\d{1,11}(\.0*)?$"


def _find(folder: Path) -> dict[str, Path]:
    found = {}
    for role in ("inter", "item"):
        files = sorted(folder.glob(f"*.{role}"))
        if len(files) != 1:
            raise FileProblem(f"{len(files)} .{role} files where one is wanted", where=str(folder))
        found[role] = files[0]
    return found


def _chunks(source: Source) -> Iterator[Chunk]:
    items = Lookup(text_table(source.files["item"], _ITEM, "\t"), _ITEM[0])
    with open_bytes(source.files["inter"], source.name) as stream:
        blocks = LineReader(stream).blocks()
        for block, given in named_blocks(blocks, source.name, _HEADER, "\t"):
            user, item, rating, seconds = (given[name] for name in _HEADER)
            texts = {"user_id": user, "item_id": item, "rating": rating}
            columns = columns_from_texts(texts, block.faults)
            title, classes = (items.values(items.index(item), name) for name in _ITEM[1:])
            columns["event_type"] = pa.repeat("review", len(block))
            columns["event_at"] = _instants(seconds, block.faults)
            first = pc.list_element(pc.split_pattern(pc.fill_null(classes, ""), " "), 0)
            columns["category"] = blank_to_null(first)
            told = {"classes": classes, "item_name": title}
            columns["extra"] = extra_column(told, block.faults, len(block))
            yield chunk_of(block, columns)


def _instants(texts: pa.Array, faults: Faults) -> pa.Array:
    """Times from seconds since 1970."""
    good = pc.fill_null(pc.match_substring_regex(texts, _SECONDS), False)
    for row, is_good in enumerate(good.to_pylist()):
        if not is_good:
            told = shown(texts[row].as_py())
            faults.add(row, "bad_time", "event_at", f"timestamp {told} is not whole seconds")
    seconds = pc.if_else(good, texts, pa.scalar(None, pa.string())).cast(pa.float64())
    return pc.multiply(seconds.cast(pa.int64()), 1_000_000).cast(INSTANT)


READER = Reader(
    format="movielens",
    description="a folder of ratings and films (*.inter, *.item, tab separated)",
    find=_find,
    chunks=_chunks,
    line_roles=("inter",),
    is_folder=True,
)
