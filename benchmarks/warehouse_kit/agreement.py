"""Whether two ways made the same tables of the chain.

Belongs here: comparing what they wrote, on the columns that every way writes. Does not belong here:
making it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from stevo_dagster.lake import sql_text

# Engines add up doubles in different orders: metres, speeds and amounts are compared rounded.
SHARED = {
    "int_events_clean": (
        "day, event_key, event_id, user_id, event_type, event_at, item_id, category,"
        " round(latitude, 9), round(longitude, 9), amount, rating, h3_r9"
    ),
    "int_moves": (
        "day, user_id, from_event_id, to_event_id, to_event_key, from_at, to_at, gap_seconds,"
        " round(distance_m, 3), round(speed_kmh, 3), from_item_id, to_item_id, from_h3_r9, to_h3_r9"
    ),
    "int_sessions": (
        "day, user_id, started_at, ended_at, events, distinct_items, duration_seconds, first_h3_r9,"
        " last_h3_r9, purchases, round(amount, 4)"
    ),
}


def differences(ours: Path, theirs: Path) -> dict[str, tuple[int, int]]:
    """Table to the rows that only one of two folders holds; empty where they agree.

    Both folders hold `TABLE/day=D/part-0.parquet`.
    """
    found = {}
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        for table, columns in SHARED.items():
            sides = [
                f"select {columns} from read_parquet("
                f"{sql_text(str(folder / table / '*' / 'part-0.parquet'))},"
                " hive_partitioning = false)"
                for folder in (ours, theirs)
            ]
            only = tuple(
                con.execute(f"select count(*) from ({one} except all {other})").fetchall()[0][0]
                for one, other in (sides, sides[::-1])
            )
            if any(only):
                found[table] = only
    return found
