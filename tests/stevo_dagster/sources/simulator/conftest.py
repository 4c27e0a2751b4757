"""Small cities that several tests look at; none of them changes one."""

from __future__ import annotations

import pyarrow as pa
import pytest

from stevo_dagster.sources.simulator.columns import to_table
from stevo_dagster.sources.simulator.plan import Plan, make_plan
from stevo_dagster.sources.simulator.world import World, build_world

START = "2024-10-10"


@pytest.fixture(scope="session")
def plan() -> Plan:
    """Ninety people for 56 days over a clock change, three holidays and a shopping peak."""
    return make_plan(90, 56, 3, START, False, "new_york")


@pytest.fixture(scope="session")
def world(plan: Plan) -> World:
    """The planted city."""
    return build_world(plan)


@pytest.fixture(scope="session")
def table(world: World) -> pa.Table:
    """Its clean events."""
    return to_table(world)


@pytest.fixture(scope="session")
def null_world() -> World:
    """A city of the same size with nothing planted."""
    return build_world(make_plan(90, 56, 3, START, True, "new_york"))
