"""A student follows its teacher's answers, which never come from what the teacher learned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models_ml import checkpoint
from models_ml.baselines import baseline
from models_ml.compression import distil as library
from models_ml.compression.distil import Told, answers, cross_fitted, distil, soft_losses
from models_ml.data.corpus import Corpus, encode, queries_for_rows, target_rows
from models_ml.errors import ModelError
from models_ml.transformer.chunks import chunk_batches, trainset
from models_ml.transformer.pointer import tokens_of
from models_ml.transformer.train import Trained, build, fit
from tests.models_ml.conftest import TINY
from tests.models_ml.test_no_leak import microseconds, overwritten

SMALL = replace(TINY, d_model=8, epochs=10)


class Taught:
    """A counter that remembers whom it was fitted on, and refuses to answer about them."""

    name = "taught"

    def __init__(self, users: np.ndarray | None = None) -> None:
        self.users, self.counter = users, baseline("blend")

    def fit(self, corpus: Corpus) -> Taught:
        return Taught(np.unique(corpus.user[corpus.split == 0]))

    def score(self, corpus: Corpus, queries) -> np.ndarray:
        assert self.users is not None and not np.isin(queries.user, self.users).any()
        scores = self.counter.score(corpus, queries)
        return scores / np.maximum(scores.sum(axis=1, keepdims=True), 1e-12)


@pytest.fixture(scope="module")
def student(corpus: Corpus) -> Trained:
    return distil(Taught(), corpus, SMALL)


def surprise(model, corpus: Corpus) -> float:
    """Cross-entropy of a model to the teacher's answers about val, which nobody learned from."""
    queries = queries_for_rows(corpus, target_rows(corpus, "val"))
    wanted, given = Taught(np.zeros(0)).score(corpus, queries), model.score(corpus, queries)
    return float(-(wanted * np.log(np.maximum(given, 1e-9))).sum(axis=1).mean())


def test_a_student_is_smaller_and_nearer_to_the_teacher_than_its_start_and_than_one_untaught(
    student, trained, corpus
) -> None:
    torch.manual_seed(SMALL.seed)
    start, untaught = build(corpus, SMALL), fit(corpus, SMALL).model
    sizes = [
        sum(v.numel() for v in one.network.parameters()) for one in (student.model, trained.model)
    ]
    assert sizes[0] < 0.6 * sizes[1] and student.model.name == "st_transformer_student"
    found = [surprise(one, corpus) for one in (student.model, untaught, start)]
    assert found[0] < min(found[1:]) - 0.1


def test_a_checkpoint_keeps_a_student(student, corpus, tmp_path) -> None:
    checkpoint.save(student.model, student.curves, tmp_path)
    loaded = checkpoint.load(tmp_path)
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:20])
    assert np.array_equal(loaded.score(corpus, queries), student.model.score(corpus, queries))


def test_nobody_is_answered_about_by_who_learned_from_them(corpus) -> None:
    rows = target_rows(corpus, "train")
    told = cross_fitted(Taught(), corpus, rows, SMALL)
    assert np.array_equal(np.flatnonzero(told.index.numpy() >= 0), np.sort(rows))
    total = told.share.sum(1)
    assert (total <= 1 + 1e-5).all() and (total > 0.5).any()
    assert (told.share[:, 0] >= told.share[:, 1]).all()


def test_the_newest_questions_alone_are_answered(corpus, monkeypatch) -> None:
    asked = []
    whole = library.cross_fitted

    def noted(teacher, corpus, rows, config):
        asked.append(rows)
        return whole(teacher, corpus, rows, config)

    monkeypatch.setattr(library, "cross_fitted", noted)
    distil(Taught(), corpus, replace(SMALL, epochs=1), questions=50)
    assert np.array_equal(asked[0], target_rows(corpus, "train")[-50:])


def test_the_soft_loss_is_the_cross_entropy_of_the_answers_one_would_get(trained, corpus) -> None:
    model, config = trained.model, trained.config
    rows = target_rows(corpus, "train")
    item, share = answers(model, corpus, rows, False)
    share = np.random.default_rng(0).dirichlet(np.ones(9), len(rows))[:, :8] * (share > 0)
    index = np.full(len(corpus), -1)
    index[rows] = np.arange(len(rows))
    told = Told(torch.from_numpy(index), torch.from_numpy(item), torch.from_numpy(share))
    data = trainset(corpus, model.vocabulary, config)
    one = chunk_batches(data, config, np.arange(6))
    codes = torch.from_numpy(model.vocabulary.codes(corpus)[0])
    table = tokens_of(corpus, model.vocabulary)
    with torch.inference_mode():
        output = model.network.eval()(one.batch, table, one.wide)
        found = soft_losses(output, one, told, table, codes)[one.has_place].numpy()
    asked = one.row[one.has_place].numpy()
    scores = model.score(corpus, queries_for_rows(corpus, asked))
    given = np.take_along_axis(scores, item[index[asked]], axis=1)
    wanted = share[index[asked]]
    rest = 1 - wanted.sum(1), 1 - (given * (wanted > 0)).sum(1)
    expected = -(wanted * np.log(given)).sum(1) - rest[0] * np.log(rest[1])
    assert len(asked) > 50 and np.allclose(found, expected, rtol=2e-2, atol=2e-3)


def test_what_follows_train_changes_no_bit_of_a_student_but_by_stopping(table, corpus) -> None:
    at = microseconds(table)
    late = (table["split"] == "test").to_numpy()
    assert at[late].min() > at[~late].max()
    changed = encode(overwritten(table, late, 3))
    short = replace(SMALL, epochs=2)
    one, two = (distil(Taught(), it, short, 200).model.network for it in (corpus, changed))
    weights = one.state_dict(), two.state_dict()
    assert all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())


def test_scores_that_are_no_probabilities_are_refused(corpus, trained) -> None:
    class Loud:
        name = "loud"

        def score(self, corpus: Corpus, queries) -> np.ndarray:
            return 3 * trained.model.score(corpus, queries)

    with pytest.raises(ModelError, match="no probabilities"):
        answers(Loud(), corpus, target_rows(corpus, "train")[:40], False)


def test_augmented_histories_are_refused(corpus: Corpus, trained: Trained) -> None:
    with pytest.raises(ModelError, match="not augmented ones"):
        distil(trained.model, corpus, replace(SMALL, mask_share=0.1), 40)
