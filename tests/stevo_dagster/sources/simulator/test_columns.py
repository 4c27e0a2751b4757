"""The contract's columns: types, ids, and values by event type."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from stevo_dagster.sources.simulator.columns import SCHEMA
from stevo_dagster.sources.simulator.draft import EVENT_TYPES
from stevo_dagster.sources.simulator.world import World


def _of(table: pa.Table, *types: str) -> pa.Table:
    return table.filter(pc.is_in(table["event_type"], pa.array(types)))


def test_the_schema_is_the_contract(table: pa.Table) -> None:
    assert table.schema == SCHEMA
    assert set(table["event_type"].to_pylist()) == set(EVENT_TYPES)


def test_event_ids_are_unique_and_ordered(table: pa.Table) -> None:
    ids = table["event_id"].to_pylist()
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)


def test_everything_but_a_search_has_an_item(table: pa.Table) -> None:
    is_search = pc.equal(table["event_type"], "search")
    assert pc.is_null(table["item_id"]).equals(is_search)
    assert pc.is_valid(table["query"]).equals(is_search)


def test_values_belong_to_their_types(table: pa.Table) -> None:
    for column, types in {
        "amount": ("cart", "purchase"),
        "rating": ("review",),
        "dwell_seconds": ("check_in", "browse"),
    }.items():
        has_it = table.filter(pc.is_valid(table[column]))
        assert set(has_it["event_type"].to_pylist()) == set(types)
        assert pc.min(has_it[column]).as_py() > 0
    assert _of(table, "purchase")["amount"].null_count == 0
    assert set(_of(table, "review")["rating"].to_pylist()) == {1.0, 2.0, 3.0, 4.0, 5.0}


def test_some_values_are_missing(table: pa.Table) -> None:
    visits = _of(table, "check_in")
    assert 0.01 < visits["category"].null_count / len(visits) < 0.06
    assert 0.04 < visits["dwell_seconds"].null_count / len(visits) < 0.14
    assert 0.02 < table["latitude"].null_count / len(table) < 0.5
    assert pc.is_null(table["latitude"]).equals(pc.is_null(table["longitude"]))


def test_shares_of_types(world: World, table: pa.Table) -> None:
    people = table.filter(pa.array(world.events.origin != 2))
    share = len(_of(people, "check_in", "browse", "click")) / len(people)
    assert 0.65 < share < 0.8


def test_every_event_is_received_after_it_happened(table: pa.Table) -> None:
    assert pc.all(pc.greater(table["received_at"], table["event_at"])).as_py()
