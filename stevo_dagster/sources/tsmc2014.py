"""Reader `tsmc2014`: Foursquare check-ins in the format of the TSMC2014 dump.

Tab separated, latin-1, no header: user, venue, category id, category, latitude, longitude, offset
in minutes, UTC time as "Tue Apr 03 18:00:09 +0000 2012". Check-ins have no id of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from stevo_dagster.sources.base.chunk import Chunk, Reader, Source, single_file
from stevo_dagster.sources.base.convert import blank_to_null, columns_from_texts
from stevo_dagster.sources.base.delimited import decode, split_fields
from stevo_dagster.sources.base.extras import extra_column
from stevo_dagster.sources.base.lines import LineBlock
from stevo_dagster.sources.base.text_chunks import chunk_of, line_blocks

_FIELDS = (
    "user_id",
    "item_id",
    "category_id",
    "category",
    "latitude",
    "longitude",
    "utc_offset_minutes",
    "event_at",
)
_TIME = (
    r"^[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>\d\d)"
    r" (?P<clock>\d\d:\d\d:\d\d) \+0000 (?P<year>\d{4})$"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _chunks(source: Source) -> Iterator[Chunk]:
    for block in line_blocks(source):
        yield _chunk(block)


def _chunk(block: LineBlock) -> Chunk:
    texts = decode(block, "latin-1")
    fields = split_fields(texts, len(_FIELDS), block.faults, delimiter="\t", quoted=False)
    given = dict(zip(_FIELDS, fields, strict=True))
    category_id = blank_to_null(given.pop("category_id"))
    given["event_at"] = _iso(given["event_at"])
    columns = columns_from_texts(given, block.faults)
    columns["event_type"] = pa.repeat("check_in", len(block))
    columns["extra"] = extra_column({"category_id": category_id}, block.faults, len(block))
    return chunk_of(block, columns)


def _iso(texts: pa.Array) -> pa.Array:
    """The dump's times as ISO 8601; others are left as they are, for the conversion to blame."""
    parts = pc.extract_regex(texts, _TIME)
    number = pc.index_in(pc.struct_field(parts, "month"), pa.array(_MONTHS))
    month = pc.utf8_lpad(pc.add(number, 1).cast(pa.string()), 2, "0")
    date = pc.binary_join_element_wise(
        pc.struct_field(parts, "year"), month, pc.struct_field(parts, "day"), "-"
    )
    time = pc.binary_join_element_wise(pc.struct_field(parts, "clock"), "Z", "")
    return pc.coalesce(pc.binary_join_element_wise(date, time, "T"), texts)


READER = Reader(
    format="tsmc2014",
    description="Foursquare check-ins as in the TSMC2014 dump (tab separated, may be .gz)",
    find=single_file,
    chunks=_chunks,
)
