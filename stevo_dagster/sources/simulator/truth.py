"""The truth beside the events: what was planted, what is dirty, and what ingest must make of it.

Belongs here: gathering it into one JSON document. Does not belong here: any number of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from stevo_dagster.sources.simulator.city import (
    CATEGORIES,
    HOT_SPOT_FROM,
    HOT_SPOT_TO,
    SHOPS,
)
from stevo_dagster.sources.simulator.columns import item_ids, user_ids
from stevo_dagster.sources.simulator.dirt import Dirt
from stevo_dagster.sources.simulator.dirt_kinds import (
    ACCEPTED,
    CONFLICT,
    DUPLICATE,
    QUARANTINED,
    kinds_of,
)
from stevo_dagster.sources.simulator.effects import (
    HOLIDAY_UPLIFT,
    HOT_SPOT_HOURS,
    HOT_SPOT_SHARE,
    LAG_SPREAD_MINUTES,
    MALL_PEAK_HOURS,
    PEAK_UPLIFT,
)
from stevo_dagster.sources.simulator.events import BOT, TELEPORT
from stevo_dagster.sources.simulator.funnel import HOUR_PROFILE, WEEKDAY_FACTOR
from stevo_dagster.sources.simulator.hot_spot import centres
from stevo_dagster.sources.simulator.people import KINDS, ROLES, role_category
from stevo_dagster.sources.simulator.plan import Plan
from stevo_dagster.sources.simulator.schedule import MALL_CLOSES, MALL_OFF_PEAK_SHARE, MALL_OPENS
from stevo_dagster.sources.simulator.world import World

FORMAT = 1


def build_truth(
    world: World, table: pa.Table, dirt: Dirt, *, rate: float, format: str
) -> dict[str, Any]:
    """The whole document, of plain values."""
    plan = world.plan
    return {
        "format": FORMAT,
        "parameters": {
            "people": plan.people,
            "days": plan.days,
            "seed": plan.seed,
            "dirt": rate,
            "format": format,
            "start": plan.start.isoformat(),
            "is_null": plan.is_null,
            "city": plan.city.name,
            "country": plan.city.country,
            "time_zone": plan.city.time_zone,
            "life": asdict(plan.life),
        },
        "clean_events": len(table),
        "events_by_type": dict(sorted(Counter(table["event_type"].to_pylist()).items())),
        "effects": {} if plan.is_null else _effects(world),
        "kinds": {} if plan.is_null else _kinds(world),
        "interest_drift": [] if plan.is_null else _drifters(world),
        "cleaning": _cleaning(world, table),
        "missing": {
            name: table[name].null_count for name in ("category", "dwell_seconds", "latitude")
        },
        "dirt": _dirt(table, dirt, format),
        "ledger": _ledger(table, dirt),
        "late_file": _late(dirt),
    }


def _effects(world: World) -> dict[str, Any]:
    days = world.calendar
    inside = range(1, 1 + world.plan.days)
    peak = days.dates[days.peak].isoformat() if days.peak >= 0 else None
    return {
        "daily_cycle": {
            "event_types": ["search", "click", "browse", "cart", "purchase"],
            "share_of_sessions_by_local_hour": np.round(
                HOUR_PROFILE / HOUR_PROFILE.sum(), 4
            ).tolist(),
            "peak_local_hours": [20, 21],
        },
        "weekly_cycle": {
            "event_types": ["search", "click", "browse"],
            "factor_monday_first": WEEKDAY_FACTOR.tolist(),
        },
        "holidays": {
            "days": [days.dates[i].isoformat() for i in inside if days.is_holiday[i]],
            "uplift": HOLIDAY_UPLIFT,
            "event_types": ["search", "click", "browse"],
        },
        "shopping_peak": {"day": peak, "uplift": PEAK_UPLIFT, "event_types": ["search", "click"]},
        "mall_footfall": {
            "category": "mall",
            "event_type": "check_in",
            "peak_local_hours": list(MALL_PEAK_HOURS),
            "share_in_peak": round(
                1 - MALL_OFF_PEAK_SHARE * (1 - len(MALL_PEAK_HOURS) / (MALL_CLOSES - MALL_OPENS)), 4
            ),
        },
        "search_to_purchase": {
            "lag_hours": world.effects.lag_hours,
            "spread_minutes": LAG_SPREAD_MINUTES,
        },
        "hot_spot": _hot_spot(world.plan),
    }


def _hot_spot(plan: Plan) -> dict[str, Any]:
    """The drift, week by week, and the classes its ends must get."""
    import h3

    latitude, longitude = centres(plan)
    start, end = plan.city.districts[HOT_SPOT_FROM], plan.city.districts[HOT_SPOT_TO]
    north = end.latitude - start.latitude
    east = (end.longitude - start.longitude) * np.cos(np.radians(start.latitude))
    weeks = [
        {
            "day": plan.local_start.fromordinal(plan.local_start.toordinal() + day).isoformat(),
            "latitude": round(float(latitude[day]), 6),
            "longitude": round(float(longitude[day]), 6),
            "h3_r8": h3.latlng_to_cell(latitude[day], longitude[day], 8),
        }
        for day in range(1, plan.local_days, 7)
    ]
    return {
        "category": "event_space",
        "event_type": "check_in",
        "local_hours": list(HOT_SPOT_HOURS),
        "visits_per_person_and_day": HOT_SPOT_SHARE,
        "bearing_degrees": round(float(np.degrees(np.arctan2(east, north)) % 360), 1),
        "class_at_start": {"district": start.name, "classes": ["diminishing", "historical"]},
        "class_at_end": {"district": end.name, "classes": ["new", "intensifying"]},
        "weeks": weeks,
    }


def _kinds(world: World) -> dict[str, Any]:
    """Each community: its people and the venues anchoring its life."""
    users, items = user_ids(world.plan).to_pylist(), item_ids(world.venues).to_pylist()
    districts = world.plan.city.districts
    found = {}
    for index, kind in enumerate(KINDS):
        rows = np.flatnonzero(world.people.kind == index)
        found[kind.name] = {
            "users": sorted(users[row] for row in rows),
            "home_districts": [districts[i].name for i in kind.homes],
            "work_districts": [districts[i].name for i in kind.works],
            "leisure_districts": [districts[i].name for i in kind.plays],
            "anchors": {
                role: {
                    "category": role_category(kind, role),
                    "items": sorted(
                        {items[i] for i in world.people.places[rows, role_index].ravel()}
                    ),
                }
                for role_index, role in enumerate(ROLES)
            },
        }
    return found


def _drifters(world: World) -> list[dict[str, Any]]:
    """People whose interest switches, with the first local day of the new one."""
    people, users = world.people, user_ids(world.plan).to_pylist()
    dates = world.calendar.dates
    return [
        {
            "user_id": users[row],
            "from": SHOPS[people.interest[row]],
            "to": SHOPS[people.next_interest[row]],
            "day": dates[people.switch_day[row]].isoformat(),
        }
        for row in np.flatnonzero(people.switch_day < len(dates)).tolist()
    ]


def _cleaning(world: World, table: pa.Table) -> dict[str, Any]:
    """Bots, and impossible moves with the events after them (the way back is impossible too)."""
    events = world.events
    users = user_ids(world.plan).to_pylist()
    ids = table["event_id"]
    by_person = np.lexsort((events.at, events.person))
    located = by_person[np.isfinite(events.latitude[by_person])]
    here = np.flatnonzero(events.origin[located] == TELEPORT)
    teleports, after = located[here], located[here + 1]
    return {
        "bots": {
            "users": sorted({users[row] for row in events.person[events.origin == BOT]}),
            "events": int((events.origin == BOT).sum()),
        },
        "teleports": {
            "event_ids": ids.take(pa.array(teleports)).to_pylist(),
            "next_event_ids": ids.take(pa.array(after)).to_pylist(),
        },
        "categories": sorted(CATEGORIES),
    }


def _dirt(table: pa.Table, dirt: Dirt, format: str) -> dict[str, Any]:
    """Every kind: count, what becomes of it, and the physical lines it stands on (from 1)."""
    if not dirt.added:
        return {}
    first_line = 2 if format == "csv" else 1
    place = np.empty(len(dirt.order), dtype=np.int64)
    place[dirt.order] = np.arange(len(dirt.order)) + first_line
    added = place[len(table) :]
    found: dict[str, Any] = {}
    for kind in kinds_of(format):
        rows = [i for i, line in enumerate(dirt.added) if line.kind is kind]
        found[kind.name] = {
            "count": len(rows),
            "expect": kind.expect,
            "reasons": list(kind.reasons),
            "event_ids": [dirt.added[i].values["event_id"] for i in rows],
            "line_numbers": added[rows].tolist(),
        }
    found["out_of_order"] = {
        "count": len(dirt.moved),
        "expect": ACCEPTED,
        "reasons": [],
        "event_ids": table["event_id"].take(pa.array(dirt.moved)).to_pylist(),
        "line_numbers": place[dirt.moved].tolist(),
    }
    return found


def _ledger(table: pa.Table, dirt: Dirt) -> dict[str, int]:
    """What the ledger of the events file must say."""
    count = Counter(line.kind.expect for line in dirt.added)
    return {
        "lines": len(table) + len(dirt.added),
        "accepted": len(table) + count[ACCEPTED],
        "late_accepted": 0,
        "duplicate": count[DUPLICATE],
        "conflict": count[CONFLICT],
        "quarantined": count[QUARANTINED],
        "suppressed": 0,
    }


def _late(dirt: Dirt) -> dict[str, Any] | None:
    """What the ledger of the late file must say, if it is ingested after the events file."""
    if not dirt.late:
        return None
    return {
        "lines": len(dirt.late),
        "late_accepted": len(dirt.late),
        "event_ids": [values["event_id"] for values in dirt.late],
    }
