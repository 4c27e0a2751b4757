"""The suites against tables as the model library makes them, from a simulated city."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from models_ml import baselines
from models_ml.data import sequences
from models_ml.data.corpus import encode
from models_ml.evaluation import evaluate, recommending
from models_ml.publish import predict, recommend
from stevo_dagster.checks.adapter import run_suite_on
from stevo_dagster.checks.release import release_suites
from stevo_dagster.checks.sequences import sequences_suite
from stevo_dagster.sources.simulator import simulate_table

SUITES = {**release_suites(10), "sequences": sequences_suite()}
MADE = (
    "sequences",
    "next_place_predictions",
    "next_event_predictions",
    "recommendations",
    "explanations",
    "evaluation",
)


@pytest.fixture(scope="module")
def made():
    """The tables of a small city, answered for by the blend."""
    events = simulate_table(people=20, days=40).to_pandas()
    beside = {"h3_r9": "892a1008003ffff", "item_name": None, "review": None}
    flat = sequences.build(events.assign(is_holiday=False, **beside))
    corpus, scorers = encode(flat), baselines.all_baselines()
    blend = scorers["blend"]
    labels = {"model_version": "v1", "model_source": "blend"}
    return {
        "sequences": flat,
        "next_place_predictions": predict.next_places(blend, corpus, 10).assign(**labels),
        "next_event_predictions": predict.next_event_types(blend, corpus).assign(**labels),
        "recommendations": recommend.recommend(blend, corpus, 10).assign(**labels),
        "explanations": predict.explanations(blend, corpus),
        "evaluation": pd.concat(
            [
                evaluate.evaluate(scorers, corpus, "test", max_targets=600),
                recommending.evaluate_recommendations(scorers, corpus, min_users=10),
            ]
        ),
    }


@pytest.mark.parametrize("table", MADE)
def test_what_the_models_make_passes_its_suite(made, table):
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.register("frame", made[table])
        con.execute(f"create table {table} as select * from frame")
        found = run_suite_on(con, SUITES[table])
    assert len(made[table]) > 0
    assert [(one.name, one.sample) for one in found if not one.success] == []


def test_a_model_that_forgets_a_baseline_is_caught(made):
    with duckdb.connect() as con:
        con.register("frame", made["evaluation"].query("not model.str.startswith('markov')"))
        con.execute("create table evaluation as select * from frame")
        found = run_suite_on(con, SUITES["evaluation"])
    failed = [one for one in found if not one.success]
    assert [one.name for one in failed] == ["baselines_complete"]
    assert {row["task"] for row in failed[0].sample} == {
        "next_place",
        "next_event_type",
        "recommendation",
    }
