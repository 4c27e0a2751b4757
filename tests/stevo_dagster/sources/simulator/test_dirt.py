"""Dirt in files: counts, positions, late lines."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from stevo_dagster.sources.simulator.dirt import (
    OPEN_DAYS,
    Dirt,
    dirty_bytes,
    dirty_table,
    line_bytes,
    make_dirt,
)
from stevo_dagster.sources.simulator.dirt_kinds import ACCEPTED, kinds_of
from stevo_dagster.sources.simulator.plan import Plan
from stevo_dagster.sources.simulator.writer import FORMATS, lines, time_text

RATE = 0.03


@pytest.fixture(scope="module", params=FORMATS)
def made(request: pytest.FixtureRequest, plan: Plan, table: pa.Table) -> tuple[str, Dirt]:
    return request.param, make_dirt(plan, table, RATE, request.param)


def test_every_kind_has_its_count(made: tuple[str, Dirt], table: pa.Table) -> None:
    format, dirt = made
    kinds = kinds_of(format)
    each = round(RATE * len(table) / len(kinds))
    count = Counter(line.kind.name for line in dirt.added)
    assert count == {kind.name: 1 if kind.is_single else each for kind in kinds}


def test_every_line_stands_once(made: tuple[str, Dirt], table: pa.Table) -> None:
    _, dirt = made
    assert np.array_equal(np.sort(dirt.order), np.arange(len(table) + len(dirt.added)))


def test_repeats_stand_after_the_first(made: tuple[str, Dirt], table: pa.Table) -> None:
    _, dirt = made
    place = np.argsort(dirt.order)
    repeats = [(i, line) for i, line in enumerate(dirt.added) if line.kind.keeps_id]
    assert repeats
    for index, line in repeats:
        assert place[len(table) + index] > place[line.donor]


def test_only_moved_lines_are_out_of_order(made: tuple[str, Dirt], table: pa.Table) -> None:
    _, dirt = made
    clean = dirt.order[dirt.order < len(table)]
    assert (np.diff(clean) < 0).any()
    unmoved = clean[~np.isin(clean, dirt.moved)]
    assert (np.diff(unmoved) > 0).all()


def test_accepted_dirt_has_ids_of_its_own(made: tuple[str, Dirt], table: pa.Table) -> None:
    _, dirt = made
    known = set(table["event_id"].to_pylist())
    new = [line.values["event_id"] for line in dirt.added if line.kind.expect == ACCEPTED]
    assert len(set(new)) == len(new)
    assert not known & set(new)


def test_clean_lines_are_untouched(made: tuple[str, Dirt], table: pa.Table) -> None:
    format, dirt = made
    if format == "parquet":
        whole = dirty_table(table, dirt)
        clean = np.argsort(dirt.order)[: len(table)]
        assert whole.take(pa.array(clean)).equals(table.combine_chunks())
        return
    found = dirty_bytes(table, dirt, format)
    added = Counter(line_bytes(line, format) for line in dirt.added)
    assert Counter(found) - added == Counter(lines(table, format))
    assert not any(b"\n" in line for line in found)


def test_late_lines_are_of_days_long_closed(made: tuple[str, Dirt], table: pa.Table) -> None:
    _, dirt = made
    newest = table["event_at"][-1].as_py()
    from datetime import timedelta

    closed = time_text(newest - timedelta(days=OPEN_DAYS) + timedelta(seconds=1))
    assert dirt.late
    assert all(values["event_at"] <= closed for values in dirt.late)
    ids = {values["event_id"] for values in dirt.late}
    assert len(ids) == len(dirt.late)
    assert not ids & set(table["event_id"].to_pylist())


def test_no_rate_no_dirt(plan: Plan, table: pa.Table) -> None:
    dirt = make_dirt(plan, table, 0, "jsonl")
    assert not dirt.added and not dirt.late and not len(dirt.moved)
    assert dirty_bytes(table.slice(0, 0), Dirt([], np.arange(0), np.arange(0), []), "jsonl") == []
