"""The inference path: probabilities, the same answers as in training, and citations that bear
them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.evaluation.rank import top
from models_ml.transformer.chunks import chunk_batches, trainset
from models_ml.transformer.losses import place_loss
from models_ml.transformer.train import Trained


def test_scores_are_probabilities(corpus: Corpus, trained: Trained) -> None:
    scores = trained.model.score(corpus, queries_for_rows(corpus, np.arange(0, len(corpus), 13)))
    assert (scores >= 0).all()
    assert np.allclose(scores.sum(axis=1), 1, atol=1e-4)


def test_training_and_scoring_say_the_same(corpus: Corpus, trained: Trained) -> None:
    """The chunked batch and the window of a single question agree on each target."""
    model = trained.model
    data = trainset(corpus, model.vocabulary, trained.config)
    model.network.eval()
    for index in list(data.order(trained.config, 0))[:3]:
        one = chunk_batches(data, trained.config, index)
        with torch.inference_mode():
            output = model.network(one.batch, data.table, one.wide)
            losses = place_loss(output, one.place, one.successor, one.code).numpy()
        rows = []
        for first, size in zip(data.first[index], data.size[index], strict=True):
            width = len(one.code) // len(index)
            rows.append(np.where(np.arange(width) < size, first + np.arange(width), first))
        rows, asked = np.concatenate(rows), one.has_place.numpy()
        scores = model.score(corpus, queries_for_rows(corpus, rows[asked]))
        found = scores[np.arange(asked.sum()), corpus.item[rows[asked]]]
        assert np.allclose(np.exp(-losses[asked]), found, rtol=5e-3, atol=1e-4)


def test_a_new_user_and_a_new_place_get_an_answer(table: pd.DataFrame, trained: Trained) -> None:
    grown = table.copy()
    last = grown.index[grown["user_id"] == "u00"][-3:]
    grown.loc[last[:2], "item_id"] = "opened-today"
    grown.loc[last, "user_id"] = "newcomer"
    corpus = encode(grown)
    mine = np.flatnonzero(corpus.users[corpus.user] == "newcomer")
    scores = trained.model.score(corpus, queries_for_rows(corpus, mine))
    new = list(corpus.items).index("opened-today")
    assert np.allclose(scores.sum(axis=1), 1, atol=1e-4)
    assert scores[0, new] == 0
    assert scores[2, new] > 0.01


def test_citations_are_earlier_events_that_speak_for_the_place(
    corpus: Corpus, trained: Trained
) -> None:
    rows = target_rows(corpus, "test")[:90]
    queries = queries_for_rows(corpus, rows)
    best = top(trained.model.score(corpus, queries), 1)[:, 0]
    cited = trained.model.explain(corpus, queries, best)
    assert len(cited) == len(rows)
    assert sum(bool(one) for one in cited) > 60
    for row, item, citations in zip(rows, best, cited, strict=True):
        assert sum(one.weight for one in citations) == pytest.approx(1, abs=0.05) or not citations
        assert citations == sorted(citations, key=lambda one: -one.weight)
        for one in citations:
            assert corpus.user[one.row] == corpus.user[row]
            assert corpus.at[one.row] < corpus.at[row]
            if one.role == "place":
                assert corpus.item[one.row] == item
            else:
                after = one.row + 1 + np.flatnonzero(corpus.item[one.row + 1 :] >= 0)[0]
                assert corpus.item[after] == item
                assert corpus.at[after] < corpus.at[row]


def test_refitting_gives_the_same_model(corpus: Corpus, trained: Trained) -> None:
    again = trained.model.fit(corpus)
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:20])
    assert np.array_equal(again.score(corpus, queries), trained.model.score(corpus, queries))
