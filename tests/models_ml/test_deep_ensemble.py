"""A deep ensemble is the mean of its members, calibrated as one, and is trained as they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models_ml.columns import TASK_EVENT
from models_ml.data.cells import cells_of
from models_ml.data.corpus import Corpus, Queries, queries_for_rows, target_rows
from models_ml.deep_ensemble import DeepEnsemble, train_networks
from models_ml.errors import ModelError
from models_ml.evaluation.evaluate import evaluate
from models_ml.scorer import Forecaster, Scorer
from models_ml.transformer.calibrate import Calibration
from models_ml.transformer.pointer import PointerTransformer
from tests.models_ml.conftest import TINY

SHORT = replace(TINY, epochs=1, max_train_events=300)


def asked(corpus: Corpus, split: str = "test") -> Queries:
    return queries_for_rows(corpus, target_rows(corpus, split, with_item=False))


def test_every_answer_is_the_mean_of_the_members(corpus: Corpus, deep: DeepEnsemble) -> None:
    assert isinstance(deep, Scorer) and isinstance(deep, Forecaster)
    queries, (one, other) = asked(corpus).take(slice(0, 90)), deep.members
    for ask in ("score", "score_categories", "score_cells"):
        members = [getattr(each, ask)(corpus, queries) for each in (one, other)]
        assert not np.allclose(*members)
        found = getattr(deep, ask)(corpus, queries)
        assert np.allclose(found, (members[0] + members[1]) / 2)
        assert np.allclose(found.sum(axis=1), 1, atol=1e-3)
    share = deep.time_to_next(corpus, queries).share
    wanted = [each.time_to_next(corpus, queries).share for each in (one, other)]
    assert np.allclose(share, (wanted[0] + wanted[1]) / 2)
    plain = replace(deep, temperature=1.0).score_events(corpus, queries)
    kinds = [each.score_events(corpus, queries) for each in (one, other)]
    assert np.allclose(plain, (kinds[0] + kinds[1]) / 2, atol=1e-5)
    assert deep.score_cells(corpus, queries).shape[1] == len(
        cells_of(corpus, deep.resolution).names
    )


def test_its_temperature_makes_the_mean_as_sure_as_val_allows(
    corpus: Corpus, deep: DeepEnsemble
) -> None:
    """Members that are far too unsure are set right after averaging; the first answer stays."""
    timid = tuple(replace(one, calibration=Calibration(4.0)) for one in deep.members)
    plain = DeepEnsemble(timid)
    settled = plain.calibrated(corpus)
    assert settled.temperature < 0.7
    queries = asked(corpus, "val")
    kinds, rows = corpus.kind[queries.row], np.arange(len(queries))
    before, after = (one.score_events(corpus, queries) for one in (plain, settled))
    assert np.array_equal(before.argmax(axis=1), after.argmax(axis=1))
    assert np.log(after[rows, kinds]).mean() > np.log(before[rows, kinds]).mean() + 0.05


def test_its_calibration_error_is_reported_as_for_one(corpus: Corpus, deep: DeepEnsemble) -> None:
    found = evaluate({"one": deep.members[0], "several": deep}, corpus, "val", max_targets=100)
    ece = found[found.metric == "ece"]
    assert set(zip(ece.model, ece.task, strict=True)) >= {
        (name, task) for name in ("one", "several") for task in (TASK_EVENT, "next_place")
    }
    assert ece.value.between(0, 1).all()


def test_it_cites_what_its_members_cite(corpus: Corpus, deep: DeepEnsemble) -> None:
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:20])
    items = corpus.item[queries.row]
    found = deep.explain(corpus, queries, items)
    theirs = [one.explain(corpus, queries, items) for one in deep.members]
    for index, cited in enumerate(found):
        rows = {c.row for each in theirs for c in each[index]}
        assert {c.row for c in cited} == rows
        assert sum(c.weight for c in cited) <= 1 + 1e-6
        weights = [c.weight for c in cited]
        assert weights == sorted(weights, reverse=True)


def test_members_have_seeds_one_after_the_other_and_states_of_their_own(
    corpus: Corpus, tmp_path: Path
) -> None:
    found, curves = train_networks(corpus, SHORT, 2, resume=tmp_path)
    assert isinstance(found, DeepEnsemble)
    assert [one.config for one in found.members] == [SHORT, replace(SHORT, seed=SHORT.seed + 1)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seed-7", "seed-8"]
    alone, its_curves = train_networks(corpus, SHORT)
    assert isinstance(alone, PointerTransformer)
    queries = asked(corpus).take(slice(0, 20))
    scores = alone.score(corpus, queries)
    assert np.array_equal(found.members[0].score(corpus, queries), scores)
    assert not np.array_equal(found.members[1].score(corpus, queries), scores)
    assert [row["val_loss"] for row in curves] == [row["val_loss"] for row in its_curves]
    again = found.fit(corpus)
    assert np.array_equal(again.score(corpus, queries), found.score(corpus, queries))
    assert again.temperature == found.temperature


def test_no_seed_is_refused(corpus: Corpus) -> None:
    with pytest.raises(ModelError, match="seeds must be at least 1, got 0"):
        train_networks(corpus, SHORT, 0)


def test_an_update_is_its_members_update(corpus: Corpus, deep: DeepEnsemble) -> None:
    assert deep.update(corpus) is deep
    late = int(np.sort(corpus.at[corpus.split == 0])[-200])
    behind = DeepEnsemble(tuple(replace(one, learnt=late) for one in deep.members), 3.0)
    newer = behind.update(corpus)
    newest = int(corpus.at[corpus.split == 0].max())
    assert [one.learnt for one in newer.members] == [newest, newest]
    assert newer.temperature != 3.0
