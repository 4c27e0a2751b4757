"""Tables made by Python: current while code, inputs and settings are; published whole or not."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from stevo_dagster import derived
from stevo_dagster.derived import DERIVED, code_hash, current, inputs_of, write
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import UNDATED, Lake, lock, manifest, partitions, run_staging, write_table
from stevo_dagster.settings import PROJECT_ROOT
from stevo_dagster.warehouse.tables import tables

NAME = "item_features"


def put(lake: Lake, value: int, table: str = "dim_items", part: str = UNDATED) -> None:
    with run_staging(lake, "seed"):
        data = pd.DataFrame({"item_id": ["a"], "value": [value]})
        write_table(lake, "seed", table, part, data, code_hash="seed")


def rows(value: float = 1.0) -> dict[str, Any]:
    return {NAME: pd.DataFrame({"item_id": ["a"], "f_value": [value]})}


def test_every_table_is_made_from_tables_and_code_that_exist_in_order():
    known = {*tables(), "ingest_ledger"}
    for name, one in DERIVED.items():
        assert set(one.reads) <= known, name
        assert all((PROJECT_ROOT / path).exists() for path in one.code), name
        known.add(name)


def test_it_is_current_until_an_input_a_setting_or_the_code_changes(lake, monkeypatch):
    put(lake, 1)
    made = write(lake, "r", [NAME], rows, settings={"pca": 0})[NAME]
    assert current(lake, NAME, {"pca": 0}) == made
    assert current(lake, NAME, {"pca": 2}) is current(lake, NAME) is None
    put(lake, 1)
    assert current(lake, NAME, {"pca": 0}) == made, "equal rows are no change"
    put(lake, 2)
    assert current(lake, NAME, {"pca": 0}) is None
    again = write(lake, "r", [NAME], rows, settings={"pca": 0})[NAME]
    assert again.content_hash == made.content_hash and again.version != made.version
    monkeypatch.setattr(derived, "code_hash", lambda name: "edited")
    assert current(lake, NAME, {"pca": 0}) is None


def test_days_that_are_not_there_yet_are_inputs_once_they_come(lake):
    put(lake, 1, "fct_events", "day=2024-03-01")
    before = inputs_of(lake, "sequences", {})
    put(lake, 2, "fct_events", "day=2024-03-02")
    after = inputs_of(lake, "sequences", {})
    assert set(after) - set(before) == {"fct_events/day=2024-03-02"}
    assert before.items() <= after.items()


def test_code_is_hashed_by_what_stands_in_its_files():
    assert code_hash("user_features") == code_hash("item_features")
    assert code_hash("sequences") != code_hash("trained_model") != code_hash("report")
    assert len(code_hash("report")) == 64


def test_an_input_that_changes_meanwhile_leaves_the_table_stale(lake):
    put(lake, 1)

    def compute() -> dict[str, Any]:
        put(lake, 2)
        return rows()

    write(lake, "r", [NAME], compute)
    assert manifest(lake, NAME, UNDATED) is not None
    assert current(lake, NAME) is None


def test_several_tables_are_published_together_or_not_at_all(lake):
    def audit(name: str, path: Any) -> None:
        seen.append(name)
        if name == "user_features":
            raise StevoError("a bad row")

    seen: list[str] = []
    both = {**rows(), "user_features": pd.DataFrame({"user_id": ["u"]})}
    with pytest.raises(StevoError, match="a bad row"):
        write(lake, "r", [NAME, "user_features"], lambda: both, audit=audit)
    assert seen == [NAME, "user_features"]
    assert partitions(lake, NAME) == partitions(lake, "user_features") == []
    assert not lake.staging("r").exists()
    made = write(lake, "r", [NAME, "user_features"], lambda: both)
    assert set(made) == {NAME, "user_features"}


def test_two_processes_do_not_make_one_table_at_once(lake, monkeypatch):
    real = lock
    monkeypatch.setattr(derived, "lock", lambda *at, wait_seconds: real(*at, wait_seconds=0))
    with lock(lake, f"derived_{NAME}", UNDATED):
        with pytest.raises(StevoError, match="is being written by another process"):
            write(lake, "r", [NAME], rows)
        write(lake, "r", ["user_features"], lambda: {"user_features": pd.DataFrame({"u": [1]})})
