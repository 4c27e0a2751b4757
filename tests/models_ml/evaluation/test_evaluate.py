"""The evaluation table: layout, one set of instances for all, and figures that agree with ranks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models_ml.baselines import all_baselines, baseline
from models_ml.columns import BASELINES, EVALUATION_COLUMNS, MODEL
from models_ml.data.corpus import Corpus, queries_for_rows, target_rows
from models_ml.errors import ModelError
from models_ml.evaluation.evaluate import answer, evaluate, is_return
from models_ml.transformer.train import Trained


@pytest.fixture(scope="module")
def evaluation(corpus: Corpus, trained: Trained) -> pd.DataFrame:
    return evaluate({**all_baselines(), MODEL: trained.model}, corpus, max_targets=100)


def test_layout(evaluation: pd.DataFrame) -> None:
    assert tuple(evaluation.columns) == EVALUATION_COLUMNS
    key = ["model", "task", "split", "segment", "metric"]
    assert not evaluation.duplicated(key).any()
    assert set(evaluation.task) == {"next_place", "next_event_type"}
    wanted = {
        f"{m}@{k}" for m in ("acc", "precision", "recall", "f1", "ndcg") for k in (1, 5, 10, 20)
    }
    wanted |= {"mrr", "coverage@5", "coverage@10", "coverage@20", "diversity@10"}
    places = evaluation[(evaluation.task == "next_place") & (evaluation.model == "blend")]
    assert wanted <= set(places.metric)
    assert set(places.segment) == {"all", "return", "discovery"}


def test_every_model_answers_the_same_instances(evaluation: pd.DataFrame) -> None:
    sizes = evaluation.groupby(["task", "segment"])["n"].nunique()
    assert (sizes == 1).all()
    assert set(evaluation.model) == {*BASELINES, MODEL}


def test_values_lie_in_their_intervals(evaluation: pd.DataFrame) -> None:
    known = evaluation.dropna(subset=["ci_low"])
    assert (known.ci_low <= known.value + 1e-9).all()
    assert (known.value <= known.ci_high + 1e-9).all()


def test_segments_add_up(evaluation: pd.DataFrame) -> None:
    hits = evaluation[(evaluation.task == "next_place") & (evaluation.metric == "acc@5")]
    for _, mine in hits.groupby("model"):
        total = (mine.value * mine.n).groupby(mine.segment).sum()
        assert total["all"] == pytest.approx(total["return"] + total["discovery"])


def test_gains_are_paired_differences(evaluation: pd.DataFrame) -> None:
    places = evaluation[(evaluation.task == "next_place") & (evaluation.segment == "all")]
    value = places.set_index(["model", "metric"])["value"]
    for name in BASELINES:
        gain = value[MODEL, f"acc@1_minus_{name}"]
        assert gain == pytest.approx(value[MODEL, "acc@1"] - value[name, "acc@1"])


def test_returns_are_places_the_user_was_at_before(corpus: Corpus) -> None:
    rows = target_rows(corpus, "test")
    found = is_return(corpus, queries_for_rows(corpus, rows))
    for row, value in zip(rows, found, strict=True):
        mine = (corpus.user == corpus.user[row]) & (corpus.at < corpus.at[row])
        assert value == (corpus.item[mine] == corpus.item[row]).any()


def test_batches_do_not_change_ranks(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = queries_for_rows(corpus, target_rows(corpus, "test"))
    whole = answer(baseline("blend"), corpus, queries).ranks
    monkeypatch.setattr("models_ml.evaluation.evaluate.BATCH", 17)
    assert np.array_equal(answer(baseline("blend"), corpus, queries).ranks, whole)


def test_the_task_says_that_the_time_was_given(corpus: Corpus) -> None:
    told = evaluate({"blend": baseline("blend")}, corpus, max_targets=20, time_given=True)
    assert set(told.task) == {"next_place_at_time", "next_event_type"}


def test_segments_of_few_people_are_left_out(corpus: Corpus) -> None:
    scorers = {"blend": baseline("blend")}
    every = evaluate(scorers, corpus, max_targets=100)
    users = every[every.metric == "users"].set_index(["task", "segment"])["value"]
    rows = target_rows(corpus, "test", max_targets=100)
    assert users["next_place", "all"] == len(set(corpus.user[rows]))
    few = int(users["next_place", "discovery"])
    assert few < users["next_place", "all"]
    kept = evaluate(scorers, corpus, max_targets=100, min_users=few + 1)
    left = kept[kept.task == "next_place"]
    assert "discovery" not in set(left.segment)
    assert "all" in set(left.segment)
    assert (kept[kept.metric == "users"].value > few).all()
    nobody = evaluate(scorers, corpus, max_targets=100, min_users=10**6)
    assert nobody.empty
    assert tuple(nobody.columns) == EVALUATION_COLUMNS


def test_an_empty_split_is_an_error(table: pd.DataFrame) -> None:
    with pytest.raises(ModelError, match="'test' holds no event to predict"):
        evaluate(all_baselines(), table[table.split != "test"])


def test_confidence_is_measured_where_scores_are_probabilities(evaluation: pd.DataFrame) -> None:
    found = evaluation[evaluation.metric == "ece"].groupby("task")["model"].agg(set)
    assert found["next_place"] == {MODEL}
    assert found["next_event_type"] == {*BASELINES, MODEL}
    assert evaluation[evaluation.metric == "ece"].value.between(0, 1).all()
