"""The neural peers behind the interface: promises, both tasks, and what an answer rests on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import softmax
from torch.nn import functional

from models_ml.columns import BERT4REC, GRU, PEERS, SASREC, ST_LSTM
from models_ml.data.corpus import Corpus, Queries, queries_at, queries_for_rows, target_rows
from models_ml.errors import ModelError
from models_ml.evaluation.evaluate import LISTED, answer, ranks_by_logits
from models_ml.evaluation.rank import expected_ranks, top
from models_ml.peers.inputs import Inputs
from models_ml.peers.loop import ENCODERS, build
from models_ml.peers.model import ROWS, WIDTH, SequenceModel
from models_ml.scorer import LogitScorer, Scorer
from tests.models_ml.conftest import TINY_PEER


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_keeps_the_promises_of_the_interface(
    name: str, corpus: Corpus, peers: dict[str, Scorer]
) -> None:
    model = peers[name]
    assert isinstance(model, Scorer) and model.name == name
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:9])
    places, kinds = model.score(corpus, queries), model.score_events(corpus, queries)
    assert (places.dtype, places.shape) == (np.float64, (9, len(corpus.items)))
    assert np.isfinite(places).all() and np.allclose(kinds.sum(axis=1), 1, atol=1e-9)
    best = places.argmax(axis=1)
    for query, found, item in zip(
        range(9), model.explain(corpus, queries, best), best, strict=True
    ):
        weights = [one.weight for one in found]
        assert weights == sorted(weights, reverse=True)
        assert sum(weights) == pytest.approx(1, abs=0.02)
        for one in found:
            assert corpus.user[one.row] == queries.user[query]
            assert corpus.at[one.row] < queries.at[query]
            assert (one.role == "place") == (corpus.item[one.row] == item)


@pytest.mark.parametrize("name", PEERS)
def test_what_is_not_in_train_is_rated_lowest(
    name: str, corpus: Corpus, peers: dict[str, Scorer]
) -> None:
    names = corpus.items.copy()
    names[4] = "opened-yesterday"
    renamed = replace(corpus, items=names)
    queries = queries_for_rows(renamed, target_rows(renamed, "test")[:20])
    scores = peers[name].score(renamed, queries)
    assert (scores[:, 4] == scores.min()).all()


@pytest.mark.parametrize("name", ENCODERS)
def test_someone_without_a_past_gets_an_answer(
    name: str, corpus: Corpus, peers: dict[str, Scorer]
) -> None:
    queries = queries_at(corpus, np.arange(3), int(corpus.at_sorted[0]))
    assert (queries.before == 0).all()
    scores = peers[name].score(corpus, queries)
    assert np.array_equal(scores[0], scores[1]) and scores.sum(axis=1) == pytest.approx(1)
    assert peers[name].explain(corpus, queries, np.zeros(3, dtype=int)) == [[], [], []]


@pytest.mark.parametrize("name", ENCODERS)
def test_a_long_past_is_cut_to_the_window(name: str, corpus: Corpus) -> None:
    """Events before the window change nothing."""
    torch.manual_seed(0)
    model = build(name, corpus, replace(TINY_PEER, window=6, stride=6))
    rows = corpus.start[1:] - 1
    queries = queries_for_rows(corpus, rows)
    old = np.concatenate([np.arange(row - 40, row - 8) for row in rows])
    changed = corpus.item.copy()
    changed[old] = 0
    other = replace(corpus, item=changed)
    assert np.array_equal(
        model.score(corpus, queries), model.score(other, queries_for_rows(other, rows))
    )


def test_only_the_st_lstm_uses_the_time_of_the_answer(
    corpus: Corpus, peers: dict[str, Scorer]
) -> None:
    rows = target_rows(corpus, "test")[:9]
    plain, told = (queries_for_rows(corpus, rows, time_given=given) for given in (False, True))
    assert np.array_equal(peers[GRU].score(corpus, plain), peers[GRU].score(corpus, told))
    with pytest.raises(ModelError, match="trained without the target's time and is asked with"):
        peers[ST_LSTM].score(corpus, told)
    torch.manual_seed(0)
    model = build(ST_LSTM, corpus, replace(TINY_PEER, time_aware=True))
    later = replace(told, at=told.at + 9 * 3_600_000_000)
    assert not np.array_equal(model.score(corpus, told), model.score(corpus, later))


def test_influence_is_of_events_in_the_window_alone(
    corpus: Corpus, peers: dict[str, Scorer]
) -> None:
    model = peers[GRU]
    assert isinstance(model, SequenceModel)
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:5])
    for query, found in enumerate(model.explain(corpus, queries, np.zeros(5, dtype=int))):
        newest = corpus.start[queries.user[query]] + queries.before[query]
        assert found and all(newest - TINY_PEER.window <= one.row < newest for one in found)


@pytest.mark.parametrize("name", ENCODERS)
def test_the_last_state_alone_is_that_of_all_states_in_a_wider_window(
    name: str, corpus: Corpus
) -> None:
    torch.manual_seed(3)
    model = build(name, corpus, replace(TINY_PEER, layers=2))
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:40])
    widths, seen = set(), 0
    for part, inputs, _ in model._batches(corpus, queries):
        seen, width = seen + len(part), inputs.item.shape[1]
        widths.add(width)
        assert (inputs.length <= width).all() and (inputs.length > width - WIDTH).all()
        wider = Inputs(
            *(
                functional.pad(one, (0, 5), value=one[0, 0].item() if one.numel() else 0.0)
                for one in (inputs.item, inputs.kind, inputs.gap, inputs.moved)
            ),
            inputs.length,
        )
        if name in (SASREC, BERT4REC):
            positions = model.network.encoder.positions
            positions.weight.data = functional.pad(positions.weight.data, (0, 0, 0, 5))
        with torch.inference_mode():
            states = model.network(wider)[torch.arange(len(inputs.length)), inputs.length - 1]
            assert torch.allclose(model.network.last(inputs), states, atol=1e-5)
    assert seen == len(queries)


def of_all(model: LogitScorer, corpus: Corpus, queries: Queries) -> tuple[np.ndarray, np.ndarray]:
    """(logits of the places of the corpus, of those it does not have), by question."""
    places, absent = [], []
    for low, one in zip(range(0, len(queries), ROWS), model.logits(corpus, queries), strict=True):
        assert np.array_equal(one.index, np.arange(low, min(low + ROWS, len(queries))))
        assert np.array_equal(one.items[one.column], np.arange(len(corpus.items)))
        places.append(one.places[:, one.column])
        absent.append(one.absent.copy())
    return np.concatenate(places), np.concatenate(absent)


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("layers", [1, 3])
def test_the_score_is_the_softmax_of_the_logits(name: str, layers: int, corpus: Corpus) -> None:
    torch.manual_seed(4)
    model = build(name, corpus, replace(TINY_PEER, layers=layers))
    assert isinstance(model, LogitScorer)
    queries = queries_for_rows(corpus, target_rows(corpus, "test"))
    places, absent = of_all(model, corpus, queries)
    assert absent.shape == (len(queries), 0) and len(queries) > ROWS
    found = softmax(places.astype(np.float64), axis=1)
    assert np.allclose(found, model.score(corpus, queries), rtol=1e-4, atol=1e-9)


def test_logits_tell_places_unknown_and_absent_apart(
    corpus: Corpus, peers: dict[str, Scorer]
) -> None:
    """A corpus in another order, that lacks a known place and has one that is not known."""
    model = peers[SASREC]
    assert isinstance(model, SequenceModel)
    names = corpus.items.copy()
    names[[2, 4, 7]] = names[7], "opened-yesterday", names[2]
    renamed = replace(corpus, items=names)
    queries = queries_for_rows(renamed, target_rows(renamed, "test"))
    places, absent = of_all(model, renamed, queries)
    assert (places[:, 4] == places.min()).all() and absent.shape == (len(queries), 1)
    both = softmax(np.concatenate([places, absent], axis=1).astype(np.float64), axis=1)
    score = model.score(renamed, queries)
    assert np.allclose(both[:, :-1], score, rtol=1e-4, atol=1e-9)
    assert score.sum(axis=1).max() < 1
    target = renamed.item[queries.row]
    assert {4} < set(target)
    assert np.array_equal(ranks_by_logits(model, renamed, queries), expected_ranks(score, target))
    answers = answer(model, renamed, queries)
    assert np.array_equal(answers.ranks, expected_ranks(score, target))
    assert np.array_equal(answers.tops, top(score, LISTED))
    assert answers.confidence == pytest.approx(score.max(axis=1), rel=1e-4)
