"""Settling: which candidates are events, which repeat one, and what each day then holds.

Belongs here: SQL over the candidates and the key columns of `events`. Does not belong here:
publication (`write.py`).

Rows that this file has already in `events` count as its own: a run that was killed while it
published is settled again as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from stevo_dagster.ingest.landing import Landed
from stevo_dagster.lake import Lake, day_partition, files, partitions, scan, sql_text
from stevo_dagster.settings import Settings

SEPARATOR = "chr(31)"

# Beyond far degrees from the middle of the file as given, within near degrees when swapped.
_FAR_DEGREES, _NEAR_DEGREES = 10, 5

_BODY = (
    "user_id",
    "event_type",
    "event_at",
    "item_id",
    "category",
    "latitude",
    "longitude",
    "time_zone",
    "utc_offset_minutes",
    "session_id",
    "dwell_seconds",
    "amount",
    "rating",
    "query",
    "extra",
)
EVENT_COLUMNS = (
    "day, event_id, user_id, event_type, event_at, received_at, item_id, category, latitude,"
    " longitude, time_zone, utc_offset_minutes, session_id, dwell_seconds, amount, rating, query,"
    " source, extra, file_id, line_number, byte_offset, event_key, body_hash, is_suspect_swap,"
    " is_late"
)


@dataclass(frozen=True)
class Settled:
    """How many candidates ended where, and which days change."""

    accepted: int
    late_accepted: int
    duplicate: int
    conflict: int
    days: list[date]


def open_settling(settings: Settings, spill: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory database within the home's limits, spilling into the run's staging."""
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    con.execute(f"set memory_limit = {sql_text(settings.memory_limit)}")
    con.execute(f"set threads = {settings.threads}")
    con.execute(f"set temp_directory = {sql_text(str(spill))}")
    con.execute("set preserve_insertion_order = false")
    return con


def settle(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    landed: Landed,
    candidates: Path,
    replayed: Iterable[int] | None = None,
) -> Settled:
    """Decide every candidate's fate; leaves tables `fates` and `accepted` in the connection.

    Args:
        con: from `open_settling`.
        settings: the home.
        landed: the file.
        candidates: Parquet of `parse.CANDIDATES`.
        replayed: the lines that a replay looks at, whose rows in `events` are its own; None means
            all of the file's.
    """
    lake = settings.lake
    con.execute("create temp table own_lines (line_number bigint)")
    if replayed is not None:
        con.execute("insert into own_lines select unnest(?::bigint[])", [list(replayed)])
    con.execute(f"create temp macro is_own(f, n) as {_own(landed, replayed is None)}")
    con.execute(_candidate_table(candidates, landed.source))
    con.execute(_seen_table(lake, landed.source))
    con.execute(_fates(landed.source, lake, settings.watermark_hours))
    con.execute(_accepted(landed, _others_of_file(lake, landed, replayed is not None)))
    counts = dict(con.execute("select fate, count(*) from fates group by fate").fetchall())
    return Settled(
        counts.get("accepted", 0),
        counts.get("late_accepted", 0),
        counts.get("duplicate", 0),
        counts.get("conflict", 0),
        _days(con),
    )


def day_rows(lake: Lake, day: date) -> str:
    """SQL of the rows that a day holds now: the old ones of others, and the accepted ones."""
    old = ""
    if day_partition(day) in partitions(lake, "events"):
        relation = scan(files(lake, "events", [day_partition(day)]))
        old = (
            f"select {EVENT_COLUMNS} from {relation} where not is_own(file_id, line_number)"
            " union all "
        )
    new = f"select {EVENT_COLUMNS} from accepted where day = date '{day.isoformat()}'"
    return f"select * from ({old}{new}) order by event_at, event_key"


def _own(landed: Landed, is_whole: bool) -> str:
    own = f"f = {sql_text(landed.file_id)}"
    return own if is_whole else f"{own} and n in (select line_number from own_lines)"


def _candidate_table(candidates: Path, source: str) -> str:
    """Candidates with ids and hashes; a line without an id is known by its content."""
    body = ", ".join(_BODY)
    return f"""
    create temp table candidates as
    with hashed as (
        select *, md5(json_array({body})::varchar) as body_hash
        from {scan([candidates])}
    ), named as (
        select * replace (coalesce(event_id, body_hash) as event_id) from hashed
    )
    select *, md5_number_lower({sql_text(source)} || {SEPARATOR} || event_id) as event_key
    from named
    """


def _seen_table(lake: Lake, source: str) -> str:
    """The rows in `events` that candidates could repeat, and the file's own rows."""
    columns = "event_key, event_id, body_hash, day"
    published = partitions(lake, "events")
    if not published:
        return """create temp table seen as
            select null::ubigint as event_key, '' as event_id, '' as body_hash,
                null::date as day, false as is_own where false"""
    return f"""
    create temp table seen as
    select {columns}, is_own(file_id, line_number) as is_own
    from {scan(files(lake, "events"))}
    where source = {sql_text(source)}
        and (event_key in (select event_key from candidates) or is_own(file_id, line_number))
    """


def _newest(lake: Lake, source: str) -> str:
    """SQL of the newest event that the source had before this file."""
    if not partitions(lake, "events"):
        return "select null::timestamptz"
    return f"""select max(event_at) from {scan(files(lake, "events"))}
        where source = {sql_text(source)} and not is_own(file_id, line_number)"""


def _fates(source: str, lake: Lake, watermark_hours: int) -> str:
    """The first of equal ids wins: one that is published, else the first line of the file."""
    return f"""
    create temp table fates as
    with newest as (select ({_newest(lake, source)}) as event_at),
    others as (
        select event_key, event_id, any_value(body_hash) as body_hash
        from seen where not is_own group by event_key, event_id
    ), ranked as (
        select c.line_number, c.body_hash, c.event_at, o.body_hash as other_body,
            row_number() over same_id as nth,
            first_value(c.body_hash) over same_id as first_body
        from candidates as c left join others as o using (event_key, event_id)
        window same_id as (partition by c.event_key, c.event_id order by c.line_number)
    )
    select line_number, case
        when coalesce(other_body, first_body) <> body_hash then 'conflict'
        when other_body is not null or nth > 1 then 'duplicate'
        when newest.event_at >= time_bucket(interval 1 day, ranked.event_at)
            + interval 1 day + interval {watermark_hours} hours then 'late_accepted'
        else 'accepted' end as fate
    from ranked, newest
    """


def _others_of_file(lake: Lake, landed: Landed, is_replay: bool) -> str:
    """SQL of the places of the file's lines that a replay does not look at."""
    if not is_replay or not partitions(lake, "events"):
        return ""
    return f"""union all select latitude, longitude from {scan(files(lake, "events"))}
        where file_id = {sql_text(landed.file_id)} and not is_own(file_id, line_number)"""


def _accepted(landed: Landed, others_of_file: str) -> str:
    source, file_id = sql_text(landed.source), sql_text(landed.file_id)
    return f"""
    create temp table accepted as
    with middle as (
        select median(latitude) as latitude, median(longitude) as longitude
        from (select latitude, longitude from candidates {others_of_file})
    ), kept as (
        select c.*, f.fate = 'late_accepted' as is_late,
            {source} as source, {file_id} as file_id,
            (c.event_at at time zone 'UTC')::date as day,
            coalesce(
                greatest(abs(c.latitude - m.latitude), abs(c.longitude - m.longitude))
                    > {_FAR_DEGREES}
                and greatest(abs(c.longitude - m.latitude), abs(c.latitude - m.longitude))
                    < {_NEAR_DEGREES},
                false) as is_suspect_swap
        from candidates as c
        join fates as f using (line_number), middle as m
        where f.fate in ('accepted', 'late_accepted')
    )
    select {EVENT_COLUMNS} from kept order by event_at, event_key
    """


def _days(con: duckdb.DuckDBPyConnection) -> list[date]:
    """Days that get rows, or hold rows of an unfinished run of this file."""
    found = con.execute(
        "select day from accepted union select day from seen where is_own order by day"
    ).fetchall()
    return [row[0] for row in found]
