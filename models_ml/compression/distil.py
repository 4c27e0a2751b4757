"""Distillation: one small network that learns what a larger model, the ensemble say, answers.

Here belong the teacher's answers to the questions of train and the loss that follows them.  The
steps are `train.improve`'s, and the student is a network like any other.

A teacher is over-confident about questions that it learned from.  So it is fitted anew twice, each
time without the train events of half of the users, and answers those users' questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from models_ml.config import TrainConfig
from models_ml.data.corpus import NONE, Corpus, queries_for_rows, target_rows
from models_ml.data.tiles import tiles
from models_ml.errors import ModelError
from models_ml.evaluation.rank import top
from models_ml.scorer import Scorer
from models_ml.transformer.augment import is_augmented
from models_ml.transformer.chunks import Chunk, hits
from models_ml.transformer.devices import chosen, moved
from models_ml.transformer.losses import objective, place_loss
from models_ml.transformer.network import Output
from models_ml.transformer.pointer import tokens_of
from models_ml.transformer.train import Trained, build, improve
from models_ml.transformer.windows import Tokens

FOLDS = 2
# Places that the teacher names for each question; what it gives to all others is one bucket.
PLACES = 8
# The part of the teacher's answer in the place loss; the rest is the true place's.
SHARE = 0.5
LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class Told:
    """A teacher's answers to n questions: `item` and `share` (n, PLACES) are its best places, as
    corpus codes, and their probabilities.  `index` (len(corpus),) finds the answer about a row, -1
    where there is none.
    """

    index: Tensor
    item: Tensor
    share: Tensor


def distil(teacher: Scorer, corpus: Corpus, config: TrainConfig, questions: int = 0) -> Trained:
    """A student of the sizes of `config`, taught on split `train`, stopped early on `val`; `test`
    is never looked at.

    `teacher` may be any scorer of probabilities; it says how to fit, the fitted ones answer the
    newest `questions` of train (0: all).  The place loss is (1 - SHARE) of the true place's and
    SHARE of the cross-entropy to the answers (Hinton et al., "Distilling the Knowledge in a Neural
    Network", 2015), which are taken as they are: mixtures have no logits to divide by a
    temperature.  Questions without an answer have the true place's alone.

    Raises as `train` does, and `ModelError` where the teacher's scores are no probabilities or the
    settings ask for augmented histories.
    """
    if is_augmented(config):
        raise ModelError(
            "a student reads the histories that its teacher answered from, not augmented ones",
            where="distil",
            fix="crop_share, mask_share and jitter_share of 0",
        )
    rows = target_rows(corpus, "train")[-questions:]
    device = chosen(config.device)
    told = moved(cross_fitted(teacher, corpus, rows, config), device)
    torch.manual_seed(config.seed)
    student = build(corpus, config)
    table = moved(tokens_of(corpus, student.vocabulary), device)
    codes = torch.from_numpy(student.vocabulary.codes(corpus)[0]).to(device)

    def loss(
        output: Output, one: Chunk, config: TrainConfig, whole: Mapping[str, int] | None = None
    ) -> tuple[Tensor, Tensor]:
        total, places = objective(output, one, config, whole)
        asked = one.has_place & (told.index[one.row] >= 0)
        if not asked.any():
            return total, places
        hard = place_loss(output, one.place, one.successor, one.code)[asked].sum()
        soft = soft_losses(output, one, told, table, codes)[asked].sum()
        count = whole["place"] if whole else len(places)
        return total + SHARE * (soft - hard) / count, places

    trained = improve(student, corpus, config, loss=loss)
    return replace(trained, model=replace(trained.model, name=f"{student.name}_student"))


def cross_fitted(teacher: Scorer, corpus: Corpus, rows: np.ndarray, config: TrainConfig) -> Told:
    """Answers about `rows` of train, each by a teacher fitted without that user's train events."""
    fold = np.random.default_rng(config.seed).permutation(len(corpus.users)) % FOLDS
    index = np.full(len(corpus), NONE, dtype=np.int64)
    index[rows] = np.arange(len(rows))
    item = np.zeros((len(rows), min(PLACES, len(corpus.items))), dtype=np.int64)
    share = np.zeros(item.shape, dtype=np.float32)
    for number in range(FOLDS):
        is_held = fold[corpus.user] == number
        kept = np.where(is_held & (corpus.split == 0), NONE, corpus.split)
        fitted = teacher.fit(replace(corpus, split=kept))
        held = np.flatnonzero(is_held[rows])
        item[held], share[held] = answers(fitted, corpus, rows[held], config.time_aware)
    return Told(*(torch.from_numpy(one) for one in (index, item, share)))


def answers(
    teacher: Scorer, corpus: Corpus, rows: np.ndarray, time_given: bool
) -> tuple[np.ndarray, np.ndarray]:
    """(corpus codes, probabilities) of a teacher's best places about rows, each (rows, <= PLACES).

    Places that the train split does not know have no probability: no student can name them.
    """
    is_known = np.zeros(len(corpus.items), dtype=bool)
    is_known[corpus.item[(corpus.split == 0) & (corpus.item >= 0)]] = True
    queries = queries_for_rows(corpus, rows, time_given=time_given)
    width = min(PLACES, len(corpus.items))
    items, shares = [np.zeros((0, width), dtype=np.int64)], [np.zeros((0, width))]
    for tile in tiles(len(rows), len(corpus.items)):
        scores = teacher.score(corpus, queries.take(tile))
        if scores.min() < 0 or scores.sum(axis=1).max() > 1 + 1e-3:
            raise ModelError(
                f"the scores of {teacher.name} are no probabilities",
                where="distil",
                fix="a teacher whose scores are, as the ensemble's",
            )
        best = top(scores, width)
        items.append(best)
        shares.append(np.take_along_axis(scores, best, axis=1) * is_known[best])
    return np.concatenate(items), np.concatenate(shares)


def soft_losses(output: Output, one: Chunk, told: Told, table: Tokens, codes: Tensor) -> Tensor:
    """Cross-entropy of the student to the teacher's places and the rest, (N,); of questions
    without an answer the values mean nothing.

    `codes` are the student's for the places of the corpus.
    """
    answer = told.index[one.row].clamp_min(0)
    item, share = told.item[answer], told.share[answer]
    # A place that the student does not know has no share; any code will do.
    code = codes[item].clamp_max(output.vocabulary.shape[1] - 1)
    questions = one.batch.query_rows.shape
    losses = torch.stack(
        [
            place_loss(output, *hits(table, one.batch, item[:, k].view(questions)), code[:, k])
            for k in range(item.shape[1])
        ],
        dim=1,
    )
    named = (torch.exp(-losses) * (share > 0)).sum(1)
    rest = (1 - share.sum(1)).clamp_min(0) * (1 - named).clamp_min(LEAST).log()
    return (share * losses).sum(1) - rest
