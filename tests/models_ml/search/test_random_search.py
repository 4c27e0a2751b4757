"""Val alone judges, and what was asked amiss is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models_ml import registry
from models_ml.columns import FEATURE_COLUMNS, GRU, MODEL, RANKER
from models_ml.data.corpus import encode, queries_for_rows
from models_ml.errors import ModelError, TooFewEvents
from models_ml.evaluation.evaluate import answer
from models_ml.search import random_search as library
from models_ml.search.random_search import search
from models_ml.search.spaces import Among
from tests.models_ml.search.conftest import CONFIG, NETWORK, TREES, WALKS, of_trees, without_clock


@pytest.mark.parametrize("way", ["removed", "garbage"])
@pytest.mark.parametrize(
    ("name", "fixed", "trials"), [(MODEL, NETWORK, 2), (RANKER, TREES, 2), (GRU, WALKS, 2)]
)
def test_rows_of_test_change_no_bit_of_the_trials(
    small: pd.DataFrame, tmp_path: Path, name: str, fixed: dict, trials: int, way: str
) -> None:
    late = small["split"] == "test"
    assert late.sum() > 20
    changed = small[~late].copy()
    if way == "garbage":
        changed = small.copy()
        changed.loc[late, ["item_id", "event_type", "category"]] = "garbage"
        changed.loc[late, "event_at"] = small["event_at"].min() - pd.Timedelta(days=900)
        changed.loc[late, ["latitude", "longitude", *FEATURE_COLUMNS]] = np.nan
        changed.loc[late, "user_id"] = "nobody"
    given = {"trials": trials, "config": CONFIG, "fixed": fixed}
    one = search(name, small, tmp_path / "one.jsonl", **given)
    two = search(name, changed, tmp_path / "two.jsonl", **given)
    assert without_clock(one) == without_clock(two)
    assert one.settings == two.settings
    heads = [(tmp_path / f"{n}.jsonl").read_text().splitlines()[0] for n in ("one", "two")]
    assert heads[0] == heads[1]


def test_trials_are_judged_by_what_the_model_answers_on_val(
    small: pd.DataFrame, tmp_path: Path
) -> None:
    found = of_trees(small, tmp_path / "trials.jsonl", questions=40)
    corpus = encode(small[small["split"] != "test"])
    rows = library.asked_rows(corpus, small, 40, CONFIG.seed)
    assert (
        len(rows) == 40
        and (corpus.split[rows] == 1).all()
        and (np.diff(corpus.at[rows]) >= 0).all()
    )
    mine = registry.fitted(RANKER, corpus, CONFIG, settings={**TREES, **found.trials[2].settings})
    ranks = answer(mine, corpus, queries_for_rows(corpus, rows)).ranks
    metrics = found.trials[2].metrics
    assert metrics["mrr"] == (1 / ranks).mean() and metrics["acc@1"] == (ranks <= 1).mean()
    assert metrics["mrr_low"] <= metrics["mrr"] <= metrics["mrr_high"]
    assert found.best.metrics["mrr"] == max(one.metrics["mrr"] for one in found.trials)
    assert found.best_config == registry.configured(RANKER, CONFIG, found.settings)
    table = found.table()
    assert table["number"].tolist()[0] == found.best.number and len(table) == 3
    assert {"leaves", "lr", "mrr", "acc@10", "seconds", "problem"} <= set(table.columns)


def test_only_scored_events_are_asked_where_some_are(small: pd.DataFrame) -> None:
    corpus = encode(small[small["split"] != "test"])
    is_scored = small["event_id"].str.endswith(("3", "7"))
    rows = library.asked_rows(corpus, small.assign(scored=is_scored), 1000, 0)
    assert len(rows) > 5
    assert all(name.endswith(("3", "7")) for name in corpus.event_id[rows])
    with pytest.raises(ModelError, match="val has no event to ask for"):
        library.asked_rows(corpus, small.assign(scored=False), 1000, 0)


def test_settings_that_do_not_go_together_are_a_trial_with_a_problem(
    small: pd.DataFrame, tmp_path: Path
) -> None:
    space = {"stride": Among((99,))}
    fixed = {**WALKS}
    del fixed["stride"]
    with pytest.raises(ModelError, match="at most window"):
        search(GRU, small, tmp_path / "a.jsonl", trials=2, config=CONFIG, fixed=fixed, space=space)
    fixed["window"] = 48
    given = {"trials": 2, "config": CONFIG, "fixed": fixed, "space": space}
    found = search(GRU, small, tmp_path / "b.jsonl", **given)
    assert "stride (99) must be at most window" in found.trials[1].problem
    assert found.best.number == 0 and found.table()["number"].tolist() == [0, 1]
    assert search(GRU, small, tmp_path / "b.jsonl", **given).trials == found.trials


def test_bad_requests_are_named(small: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "trials.jsonl"
    with pytest.raises(ModelError, match="trials must be at least 1"):
        of_trees(small, file, 0)
    with pytest.raises(ModelError, match="unknown training settings: trees"):
        of_trees(small, file, fixed={"trees": 3})
    with pytest.raises(ModelError, match="ranker has nothing to search as seed, widow"):
        of_trees(small, file, space={"widow": Among((1,)), "seed": Among((1,))})
    with pytest.raises(ModelError, match="every setting of the space is fixed"):
        of_trees(small, file, fixed={**TREES, "leaves": 8, "lr": 0.1})
    with pytest.raises(ModelError, match="ensemble takes no settings"):
        search("ensemble", small, file, trials=1)
    with pytest.raises(TooFewEvents):
        of_trees(pd.concat([small[small.split == "val"], small.head(3)]), file)
