"""Judging over real tables: the same again, the floor, and a scorer for whatever was chosen."""

from __future__ import annotations

import pandas as pd
import pytest

from models_ml.columns import (
    BASELINES,
    ENSEMBLE,
    EVALUATION_COLUMNS,
    MODEL,
    RANKER,
    RERANKED,
    TASK_RECOMMENDATION,
)
from models_ml.errors import DamagedCheckpoint
from stevo_dagster.defs.making import frame, one_row
from stevo_dagster.defs.models.judging import (
    EVALUATION_TYPES,
    accuracy_text,
    champion_scorer,
    champion_table,
    evaluation_table,
    find_leak,
)
from stevo_dagster.lake import UNDATED, Lake, run_staging, write_table


def put(lake: Lake, table: str, data: object) -> None:
    with run_staging(lake, "seed"):
        write_table(lake, "seed", table, UNDATED, data, code_hash="seed")


def test_judging_again_gives_the_published_rows(demo_settings):
    again = evaluation_table(demo_settings, max_targets=5000)
    keys = ["task", "model", "split", "segment", "metric"]
    published = frame(demo_settings, "evaluation")
    pd.testing.assert_frame_equal(
        again.sort_values(keys, ignore_index=True),
        published.sort_values(keys, ignore_index=True),
        check_dtype=False,
    )
    assert tuple(again.columns) == EVALUATION_COLUMNS
    assert again.dtypes.astype(str).to_dict() == EVALUATION_TYPES
    names = {*BASELINES, ENSEMBLE, MODEL, RANKER}
    lists = again["task"] == TASK_RECOMMENDATION
    assert set(again.loc[~lists, "model"]) == names
    assert set(again.loc[lists, "model"]) == names | {f"{name}{RERANKED}" for name in names}


def test_choosing_again_gives_the_published_champion(demo_settings):
    (row,) = champion_table(demo_settings).to_pylist()
    assert row == one_row(demo_settings, "champion")
    assert row["leak"] is None and row["reason"]


def test_the_parts_of_the_model_are_shown_and_never_chosen(demo_copy):
    """Choosing among them by the evaluation would choose on test."""
    evaluation = frame(demo_copy, "evaluation")
    better = evaluation["model"].isin([MODEL, RANKER]) & ~evaluation["metric"].eq("users")
    evaluation.loc[better, ["value", "ci_low", "ci_high"]] += 0.2
    put(demo_copy.lake, "evaluation", evaluation)
    (row,) = champion_table(demo_copy).to_pylist()
    assert row["name"] == one_row(demo_copy, "champion")["name"] not in (MODEL, RANKER)


def test_the_kept_model_does_not_leak(demo_settings):
    version = one_row(demo_settings, "trained_model")["model_version"]
    assert find_leak(demo_settings, version) is None


def test_the_scorer_is_the_champion_that_the_row_names(demo_copy):
    version = one_row(demo_copy, "trained_model")["model_version"]
    rows = {
        ENSEMBLE: {"name": ENSEMBLE, "model_source": f"model:{ENSEMBLE}", "model_version": version},
        "markov": {
            "name": "markov",
            "model_source": "baseline:markov",
            "model_version": "baseline:markov",
        },
    }
    for name, row in rows.items():
        put(demo_copy.lake, "champion", pd.DataFrame([row]))
        scorer, found = champion_scorer(demo_copy)
        assert scorer.name == name
        assert found == row
    broken = {**rows[ENSEMBLE], "model_version": "0123456789ab"}
    put(demo_copy.lake, "champion", pd.DataFrame([broken]))
    with pytest.raises(DamagedCheckpoint, match="0123456789ab"):
        champion_scorer(demo_copy)


def test_without_a_test_split_the_table_is_empty_and_the_baseline_is_published(demo_copy):
    sequences = frame(demo_copy, "sequences")
    put(demo_copy.lake, "sequences", sequences[sequences["split"] != "test"])
    empty = evaluation_table(demo_copy, max_targets=0)
    assert len(empty) == 0
    assert empty.dtypes.astype(str).to_dict() == EVALUATION_TYPES
    put(demo_copy.lake, "evaluation", empty)
    (row,) = champion_table(demo_copy).to_pylist()
    assert row["model_source"] == row["model_version"] == "baseline:blend"
    assert "nothing could be measured" in row["reason"]


def test_the_accuracy_of_each_model_is_a_row_of_markdown(demo_settings):
    evaluation = frame(demo_settings, "evaluation")
    head, rule, *rows = accuracy_text(evaluation).splitlines()
    assert head == "| model | Acc@1 | Acc@10 | n |" and rule.count("|") == 5
    assert len(rows) == len(BASELINES) + 3
    places = evaluation.query("task == 'next_place' and segment == 'all' and metric == 'acc@1'")
    values = places.set_index("model")["value"]
    for row in rows:
        name, first, *_ = [cell.strip() for cell in row.strip("|").split("|")]
        assert first == f"{values[name]:.4f}"
