"""No model's answer may depend on what happens at or after the moment of the question."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_ml.baselines import baseline
from models_ml.columns import BASELINES, ENSEMBLE, FEATURE_COLUMNS, MARGINAL, MODEL, PEERS, RANKER
from models_ml.config import TrainConfig
from models_ml.data.cells import cells_of
from models_ml.data.corpus import Corpus, Queries, encode, queries_for_rows
from models_ml.deep_ensemble import DeepEnsemble
from models_ml.ensemble import Ensemble
from models_ml.marginal import Marginal
from models_ml.peers.loop import ENCODERS
from models_ml.ranker import Ranker
from models_ml.scorer import LogitScorer, Scorer
from models_ml.transformer.calibrate import Calibration
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.train import Trained, build

DEEP = "deep_ensemble"
MODELS = (*BASELINES, MODEL, DEEP, MARGINAL, RANKER, ENSEMBLE, *PEERS)
LEARNS_KINDS = (MODEL, DEEP, *ENCODERS)


@pytest.fixture(scope="module")
def scorers(
    corpus: Corpus,
    trained: Trained,
    deep: DeepEnsemble,
    ranker: Ranker,
    peers: dict[str, Scorer],
) -> dict[str, Scorer]:
    """Every model by name."""
    network = trained.model
    told = untrained_time_aware(corpus, trained.config)
    marginal = Marginal(told, network, network)
    learned = (network, marginal, ranker, Ensemble(network, ranker, 0.5, 2.0))
    counting = {name: baseline(name) for name in BASELINES}
    deep = replace(deep, temperature=1.3)
    return counting | {one.name: one for one in learned} | {DEEP: deep} | peers


def microseconds(table: pd.DataFrame) -> np.ndarray:
    return table["event_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)


def asked(corpus: Corpus, event_ids: np.ndarray, *, time_given: bool = False) -> Queries:
    index = {name: row for row, name in enumerate(corpus.event_id)}
    return queries_for_rows(corpus, np.array([index[i] for i in event_ids]), time_given=time_given)


def by_name(scores: np.ndarray, names: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    index = {name: code for code, name in enumerate(names)}
    return scores[:, [index[name] for name in wanted]]


def in_order(scorer: LogitScorer, corpus: Corpus, event_ids: np.ndarray) -> np.ndarray:
    """Logits of all places by their codes."""
    parts = scorer.logits(corpus, asked(corpus, event_ids))
    return np.concatenate([one.places[:, one.column] for one in parts])


def overwritten(table: pd.DataFrame, late: np.ndarray, seed: int) -> pd.DataFrame:
    """Late rows with all but ids, users and times replaced, also by new places and types."""
    rng = np.random.default_rng(seed)
    changed = table.copy()
    count = int(late.sum())
    places = [None, "p01", "p02", "never-seen-1", "never-seen-2"]
    changed.loc[late, "item_id"] = rng.choice(np.array(places, dtype=object), count)
    changed.loc[late, "event_type"] = rng.choice(["browse", "purchase", "a-new-type"], count)
    changed.loc[late, "category"] = rng.choice(["c0", "c9"], count)
    changed.loc[late, "latitude"] = rng.uniform(-60, 60, count)
    changed.loc[late, "longitude"] = rng.uniform(-60, 60, count)
    changed.loc[late, "utc_offset_minutes"] = rng.choice([0, 60], count)
    for name in FEATURE_COLUMNS:
        changed.loc[late, name] = rng.normal(size=count)
    return changed


def sharing(model: Scorer, share: float) -> PointerTransformer | DeepEnsemble:
    """The model with so much of category and cell from its places."""
    if isinstance(model, DeepEnsemble):
        return replace(model, members=tuple(sharing(one, share) for one in model.members))
    assert isinstance(model, PointerTransformer)
    return replace(model, calibration=Calibration(1.3, share, share))


def same_forecasts(model: Scorer, one: tuple[Corpus, Queries], two: tuple[Corpus, Queries]) -> None:
    """Category, cell and time are bit-identical in both, over all names the first corpus shares."""
    assert isinstance(model, PointerTransformer | DeepEnsemble)
    for share in (0.0, 0.5, 1.0):
        mixed = sharing(model, share)
        names = [(c.categories, cells_of(c, model.resolution).names) for c, _ in (one, two)]
        for i, ask in enumerate((mixed.score_categories, mixed.score_cells)):
            common = np.array([name for name in names[0][i] if name in set(names[1][i])])
            before = by_name(ask(*one), names[0][i], common)
            assert len(common) and np.array_equal(before, by_name(ask(*two), names[1][i], common))
    levels = np.array([0.1, 0.5, 0.9])
    before, after = (model.time_to_next(*it).quantiles(levels) for it in (one, two))
    assert np.array_equal(before, after)


@pytest.mark.parametrize("name", MODELS)
@settings(
    deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(share=st.floats(0.15, 0.95), seed=st.integers(0, 99))
def test_changing_the_future_leaves_scores_bit_identical(
    name: str, table: pd.DataFrame, scorers: dict[str, Scorer], share: float, seed: int
) -> None:
    at = microseconds(table)
    moment = np.sort(at)[int(len(at) * share)]
    changed = encode(overwritten(table, at >= moment, seed))
    corpus = encode(table)
    ids = table.loc[at == moment, "event_id"].to_numpy()
    known = pd.unique(table.loc[at < moment, "item_id"].dropna())
    scorer = scorers[name]
    before = scorer.score(corpus, asked(corpus, ids))
    after = scorer.score(changed, asked(changed, ids))
    assert np.array_equal(
        by_name(before, corpus.items, known), by_name(after, changed.items, known)
    )
    if isinstance(scorer, LogitScorer):
        before, after = (in_order(scorer, one, ids) for one in (corpus, changed))
        assert np.array_equal(
            by_name(before, corpus.items, known), by_name(after, changed.items, known)
        )
    kinds = pd.unique(table.loc[at < moment, "event_type"])
    if name in LEARNS_KINDS:
        types = scorer.score_events(corpus, asked(corpus, ids))
        again = scorer.score_events(changed, asked(changed, ids))
        assert np.array_equal(
            by_name(types, corpus.kinds, kinds), by_name(again, changed.kinds, kinds)
        )
        one = scorers[DEEP if name == DEEP else MODEL]
        same_forecasts(one, (corpus, asked(corpus, ids)), (changed, asked(changed, ids)))


@pytest.mark.parametrize("name", MODELS)
def test_questions_answered_together_do_not_touch_each_other(
    name: str, table: pd.DataFrame, scorers: dict[str, Scorer]
) -> None:
    """All late questions in one call: those up to the changed moment keep their bits."""
    at = microseconds(table)
    ordered = table.iloc[np.argsort(at, kind="stable")]
    ids = ordered["event_id"].to_numpy()[-400:]
    corpus, scorer = encode(table), scorers[name]
    before = scorer.score(corpus, asked(corpus, ids))
    for share in (0.75, 0.8, 0.9, 0.97):
        moment = np.sort(at)[int(len(at) * share)]
        changed = encode(overwritten(table, at >= moment, 5))
        after = scorer.score(changed, asked(changed, ids))
        known = pd.unique(table.loc[at < moment, "item_id"].dropna())
        early = np.sort(at)[-400:] <= moment
        same = by_name(before, corpus.items, known)[early]
        assert np.array_equal(same, by_name(after, changed.items, known)[early])


@pytest.mark.parametrize("name", MODELS)
def test_dropping_the_future_leaves_scores_bit_identical(
    name: str, table: pd.DataFrame, scorers: dict[str, Scorer]
) -> None:
    at = microseconds(table)
    moment = np.sort(at)[len(at) // 2]
    kept = table[at <= moment]
    ids = table.loc[at == moment, "event_id"].to_numpy()
    corpus, short = encode(table), encode(kept)
    known = pd.unique(table.loc[at < moment, "item_id"].dropna())
    scorer = scorers[name]
    before = scorer.score(corpus, asked(corpus, ids))
    after = scorer.score(short, asked(short, ids))
    assert np.array_equal(by_name(before, corpus.items, known), by_name(after, short.items, known))


@pytest.mark.parametrize("name", MODELS)
def test_an_answer_does_not_depend_on_later_questions(
    name: str, corpus: Corpus, scorers: dict[str, Scorer]
) -> None:
    """Questions asked in time order in one call: cutting later ones off changes nothing before."""
    rows = corpus.order[-150:]
    scorer = scorers[name]
    everything = scorer.score(corpus, queries_for_rows(corpus, rows))
    first = scorer.score(corpus, queries_for_rows(corpus, rows[:100]))
    assert np.array_equal(everything[:100], first)
    if isinstance(scorer, LogitScorer):
        everything, first = (
            in_order(scorer, corpus, corpus.event_id[r]) for r in (rows, rows[:100])
        )
        assert np.array_equal(everything[:100], first)


def test_the_time_aware_model_sees_the_time_and_nothing_else(
    table: pd.DataFrame, trained: Trained
) -> None:
    told = untrained_time_aware(encode(table), trained.config)
    at = microseconds(table)
    moment = np.sort(at)[int(len(at) * 0.9)]
    late = (at >= moment) & (np.arange(len(at)) >= 0)
    changed_table = overwritten(table, late, 1)
    changed_table["utc_offset_minutes"] = table["utc_offset_minutes"]
    corpus, changed = encode(table), encode(changed_table)
    ids = table.loc[at == moment, "event_id"].to_numpy()
    known = pd.unique(table.loc[at < moment, "item_id"].dropna())
    before = told.score(corpus, asked(corpus, ids, time_given=True))
    after = told.score(changed, asked(changed, ids, time_given=True))
    assert np.array_equal(
        by_name(before, corpus.items, known), by_name(after, changed.items, known)
    )
    queries = asked(corpus, ids, time_given=True)
    later = replace(queries, at=queries.at + 6 * 3_600_000_000)
    assert not np.array_equal(told.score(corpus, later), before)


def untrained_time_aware(corpus: Corpus, config: TrainConfig) -> PointerTransformer:
    return build(corpus, replace(config, time_aware=True))
