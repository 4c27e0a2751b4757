"""Augmentation: in each epoch a training reads the users' histories a little differently.

Here belong the three ways in which histories are varied, as pure functions of an epoch's seed, so a
training that goes on after a kill reads what it would have read.  Targets, their times and what
everybody did stay as they are; so do the questions of val, and pre-training.

Crop and mask are those of contrastive sequence models (Xie et al., "Contrastive Learning for
Sequential Recommendation", 2022), here without a contrast: the loss is that of training.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models_ml.columns import FEATURE_COLUMNS
from models_ml.config import TrainConfig
from models_ml.data.corpus import MICROSECONDS_A_DAY, NONE, Corpus
from models_ml.transformer.chunks import Trainset, reread
from models_ml.transformer.windows import HOUR, Vocabulary

CROP, MASK, JITTER = range(3)
DISTANCE = FEATURE_COLUMNS.index("f_distance")
# (sine, cosine, days of a turn)
TURNS = tuple(
    (FEATURE_COLUMNS.index(f"f_{name}_sin"), FEATURE_COLUMNS.index(f"f_{name}_cos"), days)
    for name, days in (("hour", 1), ("week", 7))
)


def is_augmented(config: TrainConfig) -> bool:
    """Whether a training varies its histories at all."""
    return max(config.crop_share, config.mask_share, config.jitter_share) > 0


def augmented(data: Trainset, vocabulary: Vocabulary, config: TrainConfig, epoch: int) -> Trainset:
    """What an epoch learns from: `data` itself where nothing is to be varied.

    Each way has random numbers of its own, so one does not change what another draws.
    """
    if not is_augmented(config):
        return data

    def rng(way: int) -> np.random.Generator:
        return np.random.default_rng((config.seed, epoch, way))

    seen = masked(data.corpus, config.mask_share, rng(MASK))
    seen = jittered(seen, config.jitter_share, config.jitter_hours, rng(JITTER))
    since = crops(data, config, rng(CROP))
    return reread(data, vocabulary, config, seen, since)


def crops(data: Trainset, config: TrainConfig, rng: np.random.Generator) -> np.ndarray:
    """The first row that each chunk sees: that of its user, and for a share of chunks one drawn
    evenly from the window, so that its questions are those of somebody who came later.

    The first question of a chunk keeps at least its newest event.  As in any window, the event
    before the first one is known as its predecessor alone.
    """
    start = data.corpus.start[data.corpus.user[data.first]]
    begun = data.moment[data.first]
    length = np.minimum(begun - start, config.window)
    left_out = (rng.random(len(length)) * length).astype(np.int64)
    is_cropped = rng.random(len(length)) < config.crop_share
    return np.where(is_cropped, begun - length + left_out, start)


def masked(corpus: Corpus, share: float, rng: np.random.Generator) -> Corpus:
    """The events with the place of a share of them unknown, and with it category, point and the
    distances to and from it; the corpus itself where nothing is hidden.
    """
    hidden = (rng.random(len(corpus)) < share) & (corpus.item >= 0)
    if not hidden.any():
        return corpus
    after = np.concatenate([[False], hidden[:-1]])
    features = corpus.features.copy()
    features[hidden | after, DISTANCE] = 0.0
    return replace(
        corpus,
        item=np.where(hidden, NONE, corpus.item),
        category=np.where(hidden, NONE, corpus.category),
        latitude=np.where(hidden, np.nan, corpus.latitude),
        longitude=np.where(hidden, np.nan, corpus.longitude),
        features=features,
    )


def jittered(corpus: Corpus, share: float, hours: float, rng: np.random.Generator) -> Corpus:
    """The events with the times of a share of them moved back by up to `hours`, never as far as the
    user's event before; the corpus itself where nothing moves.

    So order stays, and a time moved depends on nothing that comes after it: moves to both sides,
    kept from reaching the target's time, would tell of that time by their size.  Hour and week turn
    with the time; `f_gap`, on a scale of its own, stays what it was.
    """
    most = np.diff(corpus.at, prepend=corpus.at[0]) - 1
    most[corpus.start[:-1]] = int(hours * HOUR)
    most = np.clip(most, 0, int(hours * HOUR))
    drawn = rng.random(len(corpus)) * (rng.random(len(corpus)) < share)
    moved = (drawn * most).astype(np.int64)
    if not moved.any():
        return corpus
    features = corpus.features.copy()
    for sine, cosine, days in TURNS:
        turn = 2 * np.pi * moved / (days * MICROSECONDS_A_DAY)
        there = corpus.features[:, sine], corpus.features[:, cosine]
        features[:, sine] = there[0] * np.cos(turn) - there[1] * np.sin(turn)
        features[:, cosine] = there[1] * np.cos(turn) + there[0] * np.sin(turn)
    return replace(corpus, at=corpus.at - moved, features=features)
