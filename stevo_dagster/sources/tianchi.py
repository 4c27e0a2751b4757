"""Reader `tianchi`: the mobile shopping log of the Tianchi competition, a CSV with a header.

Times are hours of China's clock. The geohash is obfuscated and stands for no real place, so it is
kept in `extra`. Lines have no id: equal lines within an hour count as one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from stevo_dagster.sources.base.chunk import Chunk, Reader, Source, single_file
from stevo_dagster.sources.base.convert import blank_to_null, columns_from_texts
from stevo_dagster.sources.base.extras import extra_column
from stevo_dagster.sources.base.text_chunks import chunk_of, line_blocks, named_blocks

_HEADER = ("user_id", "item_id", "behavior_type", "user_geohash", "item_category", "time")
_TYPES = {"1": "click", "2": "favourite", "3": "cart", "4": "purchase"}
_HOUR = r"^(\d{4}-\d\d-\d\d) (\d\d)$"
_CHINA_MINUTES = "480"


def _chunks(source: Source) -> Iterator[Chunk]:
    for block, given in named_blocks(line_blocks(source), source.name, _HEADER):
        code = given["behavior_type"]
        found = pc.index_in(code, pa.array(list(_TYPES)))
        texts = {
            "user_id": given["user_id"],
            "item_id": given["item_id"],
            # An unknown code is left as it is, for validation to blame.
            "event_type": pc.coalesce(pa.array(list(_TYPES.values())).take(found), code),
            "category": given["item_category"],
            "event_at": pc.replace_substring_regex(given["time"], _HOUR, r"\1T\2:00:00+08:00"),
            "utc_offset_minutes": pa.repeat(_CHINA_MINUTES, len(block)),
        }
        columns = columns_from_texts(texts, block.faults)
        geohash = {"user_geohash": blank_to_null(given["user_geohash"])}
        columns["extra"] = extra_column(geohash, block.faults, len(block))
        yield chunk_of(block, columns)


READER = Reader(
    format="tianchi",
    description="mobile shopping log of the Tianchi competition (CSV, may be .gz)",
    find=single_file,
    chunks=_chunks,
)
