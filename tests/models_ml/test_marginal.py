"""The marginal is the told model averaged over when the next event may be, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from models_ml import registry
from models_ml.baselines import Baseline, baseline
from models_ml.columns import MARGINAL, ST_LSTM
from models_ml.config import PeerConfig
from models_ml.data.corpus import Corpus, Queries, encode, queries_for_rows, target_rows
from models_ml.data.gaps import MICROSECONDS_AN_HOUR, GapBins, GapForecast, waited
from models_ml.ensemble import Ensemble
from models_ml.errors import TooFewEvents
from models_ml.gap_counts import gap_counters
from models_ml.marginal import MOMENTS, Marginal, joined, possible_moments, surprise
from models_ml.peers.loop import train_peer
from models_ml.ranker import train_ranker
from models_ml.scorer import Scorer
from models_ml.transformer.train import Trained, build
from tests.models_ml.conftest import TINY, TINY_RANKER

HOURS = 5.0


@dataclass(frozen=True)
class OnePoint(Baseline):
    """Counts places, and is certain that the next event comes `HOURS` after the newest."""

    def time_to_next(self, corpus: Corpus, queries: Queries) -> GapForecast:
        """All mass in a bin far narrower than a microsecond."""
        share = np.tile([0.0, 1.0, 0.0], (len(queries), 1))
        return GapForecast(GapBins((0.0, HOURS, HOURS + 1e-12), 1.0), share)

    def update(self, corpus: Corpus) -> OnePoint:
        """A sign that it was called."""
        return replace(self, name="markov")


CERTAIN = OnePoint("popularity")


@pytest.fixture(scope="module")
def told(corpus: Corpus) -> dict[str, Scorer]:
    """Models that are told the time, by kind."""
    network = build(corpus, replace(TINY, time_aware=True))
    small = replace(TINY_RANKER, questions=300, rounds=8, time_aware=True)
    mixture = Ensemble(network, train_ranker(corpus, small), 0.5, 2.0)
    return {"network": network, "ranker": mixture.ranker, "ensemble": mixture}


@pytest.fixture(scope="module")
def asked(corpus: Corpus) -> Queries:
    """Some questions of test."""
    return queries_for_rows(corpus, target_rows(corpus, "test")[:20])


@pytest.mark.parametrize("kind", ["network", "ranker", "ensemble"])
def test_a_certain_time_is_a_told_time(
    kind: str, corpus: Corpus, told: dict[str, Scorer], asked: Queries
) -> None:
    marginal = Marginal(told[kind], CERTAIN, CERTAIN)
    newest = corpus.at[corpus.start[asked.user] + asked.before - 1]
    known = asked.telling(newest + int(HOURS * MICROSECONDS_AN_HOUR))
    want = told[kind].score(corpus, known)
    assert np.allclose(marginal.score(corpus, asked), want, rtol=1e-12, atol=0)
    other = told[kind].score(corpus, asked.telling(newest + int(17.3 * MICROSECONDS_AN_HOUR)))
    assert not np.allclose(other, want, rtol=1e-6, atol=0)
    kinds = told[kind].score_events(corpus, known)
    assert np.allclose(marginal.score_events(corpus, asked), kinds, rtol=1e-12, atol=0)
    best = want.argmax(axis=1)
    cited = marginal.explain(corpus, asked, best)
    for mine, theirs in zip(cited, told[kind].explain(corpus, known, best), strict=True):
        assert {(c.row, c.role): pytest.approx(c.weight) for c in theirs} == {
            (c.row, c.role): c.weight for c in mine
        }


def test_every_model_that_uses_the_time_uses_the_told_one(
    corpus: Corpus, told: dict[str, Scorer], asked: Queries
) -> None:
    small = PeerConfig(epochs=1, d_model=8, window=8, stride=8, time_aware=True, threads=1)
    gated = train_peer(ST_LSTM, corpus, small)[0]
    for model in (*told.values(), gated, baseline("blend")):
        given = model.score(corpus, replace(asked, time_given=True))
        assert np.array_equal(given, model.score(corpus, asked.telling(asked.at)))
        later = asked.telling(asked.at + 7 * MICROSECONDS_AN_HOUR)
        assert not np.allclose(given, model.score(corpus, later), rtol=1e-9, atol=0)


def test_the_mean_over_equally_likely_times_sums_to_one(
    corpus: Corpus, told: dict[str, Scorer], trained: Trained, asked: Queries
) -> None:
    marginal = Marginal(told["network"], trained.model, trained.model)
    moments = possible_moments(corpus, asked, trained.model)
    assert moments.shape == (len(asked), MOMENTS) and (np.diff(moments, axis=1) > 0).all()
    found = marginal.score(corpus, asked)
    each = [told["network"].score(corpus, asked.telling(one)) for one in moments.T]
    assert np.allclose(found, np.mean(each, axis=0), rtol=1e-12)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-4)
    assert np.allclose(marginal.score_events(corpus, asked).sum(axis=1), 1, atol=1e-4)
    # A place that no earlier event leads to has nothing to cite.
    answers = marginal.explain(corpus, asked, found.argmax(axis=1))
    assert sum(bool(cited) for cited in answers) > len(asked) / 2
    for cited in answers:
        weights = [one.weight for one in cited]
        assert weights == sorted(weights, reverse=True) and sum(weights) <= 1 + 1e-9


def test_when_the_next_event_comes_moves_nothing(
    table: pd.DataFrame, told: dict[str, Scorer], trained: Trained
) -> None:
    """The last event of all, a day later: the question is put later, and answered alike."""
    moved = table.copy()
    last = moved["event_at"].idxmax()
    moved.loc[last, "event_at"] += pd.Timedelta(hours=25)
    marginal = Marginal(told["network"], trained.model, trained.model)
    answers = []
    for one in (encode(table), encode(moved)):
        queries = queries_for_rows(one, one.order[-1:])
        answers.append(marginal.score(one, queries))
        told_it = told["network"].score(one, replace(queries, time_given=True))
        assert not np.array_equal(answers[-1], told_it)
    assert np.array_equal(*answers)


def test_a_first_event_is_awaited_from_the_newest_of_anybody(corpus: Corpus) -> None:
    first = corpus.start[np.argsort(corpus.at[corpus.start[:-1]])[[0, -1]]]
    queries = queries_for_rows(corpus, first)
    assert queries.before.tolist() == [0, 0] and queries.seen[0] == 0 < queries.seen[1]
    moments = possible_moments(corpus, queries, CERTAIN)[:, 0]
    since = [corpus.at_sorted[0], corpus.at_sorted[queries.seen[1] - 1]]
    assert (moments - since == int(HOURS * MICROSECONDS_AN_HOUR)).all()


def test_a_time_that_is_given_is_not_averaged_over(
    corpus: Corpus, told: dict[str, Scorer], asked: Queries
) -> None:
    given = replace(asked, time_given=True)
    found = Marginal(told["network"], CERTAIN, CERTAIN).score(corpus, given)
    assert np.array_equal(found, told["network"].score(corpus, given))


def test_the_forecaster_is_the_one_that_val_surprises_least(
    corpus: Corpus, trained: Trained
) -> None:
    rows = target_rows(corpus, "val", with_item=False)
    queries = queries_for_rows(corpus, rows)
    queries = queries.take(np.flatnonzero(waited(corpus, queries) > 0))
    choices = [*gap_counters(corpus).values(), trained.model, CERTAIN]
    loss = {one: surprise(one, corpus, queries) for one in choices}
    chosen = joined(corpus, baseline("blend"), CERTAIN).forecaster
    assert loss[CERTAIN] > max(loss[one] for one in choices[:-1])
    assert chosen == min(choices[:2], key=lambda one: loss[one])
    chosen = joined(corpus, baseline("blend"), trained.model).forecaster
    assert surprise(chosen, corpus, queries) == min(loss.values())


def test_a_val_without_a_gap_chooses_nobody(table: pd.DataFrame) -> None:
    with pytest.raises(TooFewEvents, match="1 are needed"):
        joined(encode(table[table["split"] != "val"]), baseline("blend"), CERTAIN)


def test_updating_updates_both_models(corpus: Corpus) -> None:
    before = joined(corpus, CERTAIN, CERTAIN)
    after = before.update(corpus)
    assert isinstance(after, Marginal) and isinstance(after, Scorer)
    assert after.told.name == after.untold.name == "markov"
    assert before.fit(corpus).told.name == CERTAIN.name


def test_training_by_name_trains_one_model_told_the_time_and_one_not(corpus: Corpus) -> None:
    model = registry.fitted(MARGINAL, corpus, replace(TINY, epochs=1, seed=5))
    assert isinstance(model, Marginal) and model.name == MARGINAL
    settings = [one.config for one in (model.told, model.untold)]
    assert settings == [replace(TINY, epochs=1, seed=5, time_aware=told) for told in (True, False)]
    again = model.update(corpus)
    assert again.told is model.told and again.untold is model.untold
