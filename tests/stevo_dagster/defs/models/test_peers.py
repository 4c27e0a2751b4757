"""Peers asked for in the chain: trained apart, kept, measured beside ours, and recorded."""

from __future__ import annotations

import json
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from models_ml.columns import BASELINES, LSTM, PEERS, TASK_PLACE, USER_KNN
from models_ml.data import sequences
from stevo_dagster.defs.making import frame, one_row
from stevo_dagster.defs.models.assets import evaluate_models, record_experiment, train_peers
from stevo_dagster.defs.models.judging import accuracy_text, champion_table
from stevo_dagster.defs.models.peers import (
    PeerOutcome,
    asked_for,
    kept_peers,
    peers_table,
    train_and_keep_peers,
)
from stevo_dagster.defs.models.training import about, curve_table
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.errors import StevoError
from stevo_dagster.lake import UNDATED, run_staging, write_table
from stevo_dagster.reports.language import ENGLISH_NAMES, Say
from stevo_dagster.settings import Settings
from tests.models_ml.conftest import make_events

ASKED = {"peers": [LSTM, USER_KNN], "threads": 1}


def put(settings: Settings, **tables: Any) -> None:
    with run_staging(settings.lake, "r"):
        for name, rows in tables.items():
            write_table(settings.lake, "r", name, UNDATED, rows, code_hash="x")


def materialise(
    settings: Settings, config: dict[str, Any], instance: dg.DagsterInstance
) -> dg.ExecuteInProcessResult:
    resources = {
        "home": HomeResource(path=str(settings.home)),
        "pipes": dg.PipesSubprocessClient(),
    }
    few = {"max_targets": 60, "lists": {"users": 12, "moments": 1}}
    ops = {"train_peers": {"config": config}, "evaluate_models": {"config": few}}
    return dg.materialize(
        [train_peers, evaluate_models, record_experiment],
        instance=instance,
        resources=resources,
        run_config={"ops": ops},
        raise_on_error=False,
    )


@pytest.fixture
def tiny(settings: Settings) -> Settings:
    """A home with the sequences of a tiny city and no model of ours."""
    put(
        settings,
        sequences=sequences.build(make_events(people=12, events=40)),
        trained_model=about(None, "not trained here", {}),
        training_curves=curve_table([]),
    )
    return settings


def test_who_is_asked_for_stands_in_evaluation_with_intervals_and_in_experiments(tiny):
    with dg.DagsterInstance.ephemeral() as instance:
        done = materialise(tiny, ASKED, instance)
        told = [entry.user_message for entry in instance.all_logs(done.run_id)]
    assert done.success
    assert any(text.startswith("lstm, epoch 1: train loss") for text in told)
    rows = frame(tiny, "trained_peers").set_index("name")
    assert set(rows.index) == {USER_KNN, LSTM} and set(rows["reason"]) == {"trained"}
    evaluation = frame(tiny, "evaluation")
    places = evaluation[(evaluation.task == TASK_PLACE) & (evaluation.segment == "all")]
    for name in (USER_KNN, LSTM):
        mine = places[places.model == name].set_index("metric")
        assert mine.ci_low["acc@1"] <= mine.value["acc@1"] <= mine.ci_high["acc@1"]
        assert mine.n["acc@1"] == places[places.model == "blend"].n.iloc[0]
        assert "mrr_minus_blend" in mine.index
        assert f"| {name} | {mine.value['acc@1']:.4f} |" in accuracy_text(evaluation)
    assert set(evaluation.model[evaluation.task == TASK_PLACE]) == {*BASELINES, USER_KNN, LSTM}
    recorded = json.loads(one_row(tiny, "experiments")["peers"])
    assert {name: one["version"] for name, one in recorded.items()} == rows[
        "model_version"
    ].to_dict()
    assert recorded[LSTM]["config"]["d_model"] == 64
    assert set(recorded[USER_KNN]["config"]) == {"neighbours", "recency", "strength"}


def test_a_peer_is_never_published_however_good(tiny):
    """Choosing among many by their figures on test would choose on test."""
    put(tiny, trained_peers=peers_table([]))
    with dg.DagsterInstance.ephemeral() as instance:
        assert materialise(tiny, {}, instance).success
    evaluation = frame(tiny, "evaluation")
    best = evaluation[evaluation.model == "blend"].assign(model=LSTM)
    best.loc[best.metric == "acc@1", ["value", "ci_low", "ci_high"]] = 1.0
    put(tiny, evaluation=pd.concat([evaluation, best]))
    (row,) = champion_table(tiny).to_pylist()
    assert row["name"] in BASELINES


def test_an_unknown_name_fails_the_run_and_says_which_there_are(tiny):
    with dg.DagsterInstance.ephemeral() as instance:
        done = materialise(tiny, {"peers": ["lstm", "gruu"]}, instance)
        told = "".join(str(e.dagster_event) for e in instance.all_logs(done.run_id))
    assert not done.success
    assert "no other model is called 'gruu'" in told and "field `peers`" in told
    assert all(name in told for name in PEERS)
    assert not (tiny.lake.root / "trained_peers").exists()


def test_equal_wishes_are_equal_settings():
    assert asked_for([LSTM, USER_KNN, LSTM]) == asked_for([USER_KNN, LSTM]) == [USER_KNN, LSTM]
    assert asked_for([]) == []
    with pytest.raises(StevoError, match=r"'a', 'b'"):
        asked_for(["b", "a", LSTM])


def test_too_few_events_are_no_failure_and_leave_no_scorer(tiny):
    few = sequences.build(make_events(people=2, events=20))
    made = train_and_keep_peers(tiny, few, {"peers": [LSTM], "seed": 7, "threads": 1})
    assert made[0].version is None and "200 are needed" in made[0].reason
    put(tiny, trained_peers=peers_table(made))
    assert kept_peers(tiny) == {}


def test_the_table_has_its_columns_when_nobody_was_asked_for():
    one = peers_table([PeerOutcome(LSTM, "abc", "trained", {"lr": 0.1})])
    assert peers_table([]).schema == one.schema
    assert json.loads(one["config"][0].as_py()) == {"lr": 0.1}


@pytest.mark.parametrize("name", PEERS)
def test_the_report_writes_a_peer_as_people_do(name):
    assert "_" not in Say().name(name) and name in ENGLISH_NAMES
