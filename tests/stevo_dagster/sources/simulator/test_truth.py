"""The truth agrees with the events it stands beside."""

from __future__ import annotations

import json
from typing import Any

import h3
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stevo_dagster.sources.simulator.columns import to_table
from stevo_dagster.sources.simulator.dirt import dirty_bytes, make_dirt
from stevo_dagster.sources.simulator.people import KINDS
from stevo_dagster.sources.simulator.truth import build_truth
from stevo_dagster.sources.simulator.world import World


@pytest.fixture(scope="module")
def truth(world: World, table: pa.Table) -> dict[str, Any]:
    dirt = make_dirt(world.plan, table, 0.02, "jsonl")
    built = build_truth(world, table, dirt, rate=0.02, format="jsonl")
    return json.loads(json.dumps(built, allow_nan=False))


def test_effects_are_those_of_the_world(world: World, truth: dict[str, Any]) -> None:
    effects = truth["effects"]
    assert effects["search_to_purchase"]["lag_hours"] == world.effects.lag_hours
    assert effects["holidays"]["days"] == ["2024-10-14", "2024-11-11", "2024-11-28"]
    assert effects["shopping_peak"]["day"] == "2024-11-29"
    weeks = effects["hot_spot"]["weeks"]
    assert len(weeks) == 9 and weeks[0]["h3_r8"] != weeks[-1]["h3_r8"]


def test_the_bearing_is_that_of_the_drift(world: World, truth: dict[str, Any]) -> None:
    hot_spot = truth["effects"]["hot_spot"]
    first, last = hot_spot["weeks"][0], hot_spot["weeks"][-1]
    north = last["latitude"] - first["latitude"]
    east = (last["longitude"] - first["longitude"]) * np.cos(np.radians(first["latitude"]))
    assert np.degrees(np.arctan2(east, north)) % 360 == pytest.approx(
        hot_spot["bearing_degrees"], abs=1
    )
    assert h3.latlng_to_cell(first["latitude"], first["longitude"], 8) == first["h3_r8"]


def test_the_footfall_share_is_the_one_in_the_events(
    world: World, table: pa.Table, truth: dict[str, Any]
) -> None:
    mall = truth["effects"]["mall_footfall"]
    at = table.filter(pc.equal(table["category"], "mall"))["event_at"]
    hours = pc.hour(pc.cast(at, pa.timestamp("us", world.plan.city.time_zone)))
    share = np.isin(hours.to_numpy(), mall["peak_local_hours"]).mean()
    assert share == pytest.approx(mall["share_in_peak"], abs=0.05)


def test_every_person_is_of_one_kind(world: World, table: pa.Table, truth: dict[str, Any]) -> None:
    kinds = truth["kinds"]
    users = [user for kind in kinds.values() for user in kind["users"]]
    bots = truth["cleaning"]["bots"]["users"]
    assert list(kinds) == [kind.name for kind in KINDS]
    assert len(set(users)) == len(users) == world.plan.people
    assert set(table["user_id"].to_pylist()) <= set(users) | set(bots)


def test_cleaning_names_what_is_planted(table: pa.Table, truth: dict[str, Any]) -> None:
    bots = truth["cleaning"]["bots"]
    of_bots = pc.is_in(table["user_id"], pa.array(bots["users"]))
    assert pc.sum(of_bots).as_py() == bots["events"] > 0
    teleports = truth["cleaning"]["teleports"]
    far = pc.starts_with(table["item_id"], "far_")
    assert set(table.filter(far)["event_id"].to_pylist()) == set(teleports["event_ids"])
    assert not set(teleports["event_ids"]) & set(teleports["next_event_ids"])


def test_the_ledger_adds_up(table: pa.Table, truth: dict[str, Any]) -> None:
    ledger = dict(truth["ledger"])
    lines = ledger.pop("lines")
    assert lines == sum(ledger.values())
    dirt = {name: kind for name, kind in truth["dirt"].items() if name != "out_of_order"}
    assert lines - len(table) == sum(kind["count"] for kind in dirt.values())


def test_line_numbers_point_at_the_dirt(world: World, table: pa.Table) -> None:
    dirt = make_dirt(world.plan, table, 0.02, "csv")
    found = build_truth(world, table, dirt, rate=0.02, format="csv")["dirt"]
    lines = [b"the header", *dirty_bytes(table, dirt, "csv")]
    for name, mark in {
        "invalid_utf8": b"\xff\xfe",
        "nul_byte": b"\x00",
        "crlf": b"\r",
        "longitude_181": b",181.0,",
        "year_9999": b"9999-12-31",
    }.items():
        assert [i + 1 for i, line in enumerate(lines) if mark in line] == sorted(
            found[name]["line_numbers"]
        )
    moved = found["out_of_order"]
    for number, event_id in zip(moved["line_numbers"], moved["event_ids"], strict=True):
        assert lines[number - 1].startswith(event_id.encode() + b",")


def test_a_null_city_has_no_effects(null_world: World) -> None:
    table = to_table(null_world)
    dirt = make_dirt(null_world.plan, table, 0, "jsonl")
    truth = build_truth(null_world, table, dirt, rate=0, format="jsonl")
    assert truth["effects"] == truth["kinds"] == truth["dirt"] == {}
    assert truth["interest_drift"] == []
    assert truth["cleaning"]["bots"]["users"] == []
    assert truth["cleaning"]["teleports"]["event_ids"] == []
    assert truth["late_file"] is None
