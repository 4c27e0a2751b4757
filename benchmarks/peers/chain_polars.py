"""The cleaning chain in Polars, by its streaming engine, without the columns of local time.

Run: `python -m benchmarks.peers.chain_polars OUT FILE...`. As `chain_duckdb.py`: same files in, the
same tables out, one Parquet file a day. It leaves out local time, holidays, coarser cells, imputed
dwell and the key of a session, so it has less to do than the models.

Belongs here: the chain in Polars' terms. Does not belong here: measuring.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from stevo_dagster.warehouse.cells import cells_of

CONTENT = [
    *("source", "event_type", "item_id", "category", "latitude", "longitude", "time_zone"),
    *("utc_offset_minutes", "session_id", "dwell_seconds", "amount", "rating", "query", "extra"),
]
LOCAL = ["time_zone", "utc_offset_minutes", "dwell_seconds"]
WEEK = 7 * 86400
ORDER = ["user_id", "event_at", "event_key"]
EARTH_M = 6371008.8


def previous(name: str) -> pl.Expr:
    """A column's value in the user's event before; the frame is sorted by user and time."""
    same = pl.col("user_id") == pl.col("user_id").shift(1)
    return pl.when(same).then(pl.col(name).shift(1))


def seconds_since(earlier: str, later: str) -> pl.Expr:
    """Seconds between two instants, as a float."""
    return (pl.col(later) - pl.col(earlier)).dt.total_microseconds() / 1e6


def distance(*names: str) -> pl.Expr:
    """Metres between two points, given as latitude, longitude, latitude, longitude."""
    a, b, c, d = (pl.col(name).radians() for name in names)
    half = ((c - a) / 2).sin() ** 2 + a.cos() * c.cos() * ((d - b) / 2).sin() ** 2
    return 2 * EARTH_M * half.sqrt().clip(upper_bound=1.0).arcsin()


def precision(name: str) -> pl.Expr:
    """Seconds an instant may be off."""
    at = pl.col(name).dt.epoch("us")
    return (
        pl.when(at % 86_400_000_000 == 0)
        .then(86400)
        .when(at % 3_600_000_000 == 0)
        .then(3600)
        .when(at % 60_000_000 == 0)
        .then(60)
        .otherwise(1)
    )


def kept(events: pl.LazyFrame) -> pl.LazyFrame:
    """Events without copies, bots and impossible moves."""
    hashed = events.with_columns(content=pl.struct(CONTENT).hash())
    same = ["user_id", "event_at", "content"]
    copies = (
        hashed.group_by(same)
        .agg(pl.col("event_key").min().alias("kept_key"), pl.len().alias("lines"))
        .filter(pl.col("lines") > 1)
    )
    single = hashed.join(copies, on=same, how="left").filter(
        pl.col("kept_key").is_null() | (pl.col("kept_key") == pl.col("event_key"))
    )
    names = {"event_at": "previous_at", "day": "previous_day", "latitude": "a", "longitude": "b"}
    measured = (
        single.sort(ORDER)
        .with_columns(previous(name).alias(new) for name, new in names.items())
        .with_columns(gap=seconds_since("previous_at", "event_at"))
        .with_columns(
            longest=pl.col("gap")
            + pl.max_horizontal(precision("previous_at"), precision("event_at")),
            distance_m=pl.when(pl.col("gap") <= WEEK).then(
                distance("a", "b", "latitude", "longitude")
            ),
        )
    )
    number = (
        measured.filter(
            (pl.col("day") == pl.col("previous_day"))
            & (pl.col("gap") > 0)
            & (pl.col("gap") <= WEEK)
        )
        .group_by("user_id", "day", pl.col("gap").round(1))
        .len("gaps")
    )
    timers = (
        number.group_by("user_id", "day")
        .agg(
            pl.col("gaps").filter(pl.col("gap") <= 60).max().alias("most"),
            pl.col("gaps").sum().alias("all"),
        )
        .filter(pl.col("most") >= pl.max_horizontal(40, 0.5 * pl.col("all")))
    )
    busy = events.group_by("user_id", "day").len("events").filter(pl.col("events") > 2000)
    bots = pl.concat([timers.select("user_id", "day"), busy.select("user_id", "day")]).unique()
    impossible = (pl.col("distance_m") > 1000) & (
        pl.col("distance_m") * 3.6 > pl.col("longest") * 900
    )
    return (
        measured.join(bots, on=["user_id", "day"], how="anti")
        .filter(~impossible.fill_null(False))
        .select(
            pl.exclude("content", "kept_key", "lines", "gap", "longest", "distance_m", "a", "b")
        )
    )


def told(events: pl.LazyFrame, left: pl.LazyFrame) -> pl.LazyFrame:
    """Category and place of an item, as the week up to a day tells them."""
    lacking = left.filter(
        pl.col("item_id").is_not_null()
        & (pl.col("category").is_null() | pl.col("latitude").is_null())
    ).select("item_id", pl.col("day").alias("on"))
    placed = pl.col("latitude").is_not_null()
    categorised = pl.col("category").is_not_null()
    newest = pl.struct("event_at", "event_key", "category").filter(categorised)
    by_day = (
        events.join(lacking.select("item_id").unique(), on="item_id", how="semi")
        .filter(placed | categorised)
        .sort("event_at", "event_key")
        .group_by("item_id", "day", maintain_order=True)
        .agg(
            newest.last().alias("newest"),
            pl.col("latitude").min().alias("south"),
            pl.col("latitude").max().alias("north"),
            pl.col("longitude").min().alias("west"),
            pl.col("longitude").max().alias("east"),
            pl.col("user_id").filter(placed).min().alias("first_user"),
            pl.col("user_id").filter(placed).max().alias("last_user"),
        )
        .sort("day")
    )
    one_place = (
        (pl.col("south").min() == pl.col("north").max())
        & (pl.col("west").min() == pl.col("east").max())
        & (pl.col("first_user").min() != pl.col("last_user").max())
    )
    return (
        lacking.unique()
        .join(by_day, on="item_id")
        .filter(pl.col("day").is_between(pl.col("on") - pl.duration(days=7), pl.col("on")))
        .sort("day")
        .group_by("item_id", "on", maintain_order=True)
        .agg(
            pl.col("newest").drop_nulls().last().struct.field("category").alias("item_category"),
            pl.when(one_place).then(pl.col("south").min()).alias("item_latitude"),
            pl.when(one_place).then(pl.col("west").min()).alias("item_longitude"),
        )
        .rename({"on": "day"})
    )


def clean(events: pl.LazyFrame) -> pl.DataFrame:
    """The rows of `int_events_clean`, sorted by user and time."""
    left = kept(events).collect(engine="streaming")
    filled = (
        left.lazy()
        .join(told(events, left.lazy()), on=["item_id", "day"], how="left")
        .with_columns(
            category=pl.coalesce("category", "item_category", pl.lit("unknown")),
            latitude=pl.coalesce("latitude", "item_latitude"),
            longitude=pl.coalesce("longitude", "item_longitude"),
        )
        .select(pl.exclude("item_category", "item_latitude", "item_longitude"))
        .collect(engine="streaming")
    )
    points = filled.select("latitude", "longitude").drop_nulls().unique()
    cells = cells_of(*(pa.array(points[name].to_numpy()) for name in ("latitude", "longitude")))
    found = points.with_columns(h3_r9=pl.Series(cells.to_pylist(), dtype=pl.String))
    return (
        filled.lazy()
        .join(found.lazy(), on=["latitude", "longitude"], how="left")
        .sort(ORDER)
        .collect(engine="streaming")
    )


def moves(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of `int_moves`."""
    before = {
        "event_id": "from_event_id",
        "event_at": "from_at",
        "item_id": "from_item_id",
        "h3_r9": "from_h3_r9",
        "latitude": "a",
        "longitude": "b",
    }
    after = {name: f"to_{name}" for name in ("event_id", "event_key", "item_id", "h3_r9")}
    return (
        rows.lazy()
        .with_columns(previous(name).alias(new) for name, new in before.items())
        .with_columns(
            gap_seconds=seconds_since("from_at", "event_at"),
            distance_m=distance("a", "b", "latitude", "longitude"),
        )
        .filter(pl.col("gap_seconds") <= WEEK)
        .with_columns(
            speed_kmh=pl.when(pl.col("gap_seconds") > 0).then(
                pl.col("distance_m") / pl.col("gap_seconds") * 3.6
            )
        )
        .rename({**after, "event_at": "to_at"})
        .select(
            *("day", "user_id", "from_event_id", "to_event_id", "to_event_key", "from_at", "to_at"),
            *("gap_seconds", "distance_m", "speed_kmh", "from_item_id", "to_item_id"),
            *("from_h3_r9", "to_h3_r9"),
        )
        .collect(engine="streaming")
    )


def sessions(rows: pl.DataFrame, last: object) -> pl.DataFrame:
    """The rows of `int_sessions` up to the last day."""
    bought = pl.col("event_type") == "purchase"
    begins = pl.col("pause").is_null() | (pl.col("pause") > 1800)
    return (
        rows.lazy()
        .with_columns(before=previous("event_at"))
        .with_columns(pause=seconds_since("before", "event_at"))
        .with_columns(begun=pl.when(begins).then(pl.col("event_at")).forward_fill())
        .with_columns(
            piece=pl.when(seconds_since("begun", "event_at") < 86400)
            .then(pl.col("begun"))
            .otherwise(pl.col("event_at").dt.truncate("1d"))
        )
        .group_by("user_id", "piece", maintain_order=True)
        .agg(
            pl.col("event_at").min().alias("started_at"),
            pl.col("event_at").max().alias("ended_at"),
            pl.len().alias("events"),
            pl.col("item_id").drop_nulls().n_unique().alias("distinct_items"),
            pl.col("h3_r9").drop_nulls().first().alias("first_h3_r9"),
            pl.col("h3_r9").drop_nulls().last().alias("last_h3_r9"),
            bought.sum().alias("purchases"),
            pl.col("amount").filter(bought).sum().alias("amount"),
        )
        .with_columns(
            day=(pl.col("ended_at") + pl.duration(minutes=30)).dt.date(),
            duration_seconds=seconds_since("started_at", "ended_at"),
        )
        .filter(pl.col("day") <= last)
        .collect(engine="streaming")
    )


def run(out: Path, files: Sequence[str]) -> dict[str, float]:
    """Make and write the tables; seconds by table, its writing included."""
    events = pl.scan_parquet(list(files), hive_partitioning=False)
    began = time.perf_counter()
    rows = clean(events)
    write(out / "int_events_clean", rows.drop("previous_at", "previous_day", *LOCAL))
    cleaned = time.perf_counter()
    write(out / "int_moves", moves(rows))
    moved = time.perf_counter()
    write(out / "int_sessions", sessions(rows, rows["day"].max()))
    ended = time.perf_counter()
    return {
        "int_events_clean": cleaned - began,
        "int_moves": moved - cleaned,
        "int_sessions": ended - moved,
    }


def write(folder: Path, rows: pl.DataFrame) -> None:
    """One Parquet file a day."""
    for (day,), found in rows.partition_by("day", as_dict=True).items():
        (folder / f"day={day}").mkdir(parents=True)
        found.write_parquet(folder / f"day={day}" / "part-0.parquet", compression="zstd")


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), sys.argv[2:])))
