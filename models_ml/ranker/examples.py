"""What the ranker's trees are shown: questions, their candidates, and which of these were chosen.

Here belong the questions of a split and the table of their candidates.  What a candidate is
described by is the business of `features`, the trees are `model`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm
import numpy as np

from models_ml.data.corpus import Corpus, queries_for_rows, target_rows
from models_ml.data.history import first_of_moment
from models_ml.ranker.features import describe

BATCH = 512


@dataclass(frozen=True)
class Examples:
    """Candidates of the questions with an answer among them, by question.

    `features` (entries, len(features.NAMES)) and `is_target` (entries,) describe them, `sizes` has
    each question's number; `elsewhere` is the share of all answers that are no candidate (by
    Laplace's rule, so never 0).
    """

    features: np.ndarray
    is_target: np.ndarray
    sizes: np.ndarray
    elsewhere: float

    def dataset(self) -> lightgbm.Dataset:
        """As LightGBM takes them."""
        return lightgbm.Dataset(self.features, self.is_target, group=self.sizes)


def questions(corpus: Corpus, split: str) -> np.ndarray:
    """A row for each moment at which a user goes somewhere in a split, in time order.

    What is chosen at one moment, as the lines of a basket are, answers one question: were each
    line asked for alone, every other line would count as a wrong answer to the same features.
    """
    rows = target_rows(corpus, split)
    first = np.unique(first_of_moment(corpus)[rows], return_index=True)[1]
    return rows[np.sort(first)]


def examples(corpus: Corpus, rows: np.ndarray, around: np.ndarray, time_aware: bool) -> Examples:
    """The table of the `questions` in `rows`; `around` as `Surroundings.codes` has it."""
    queries = queries_for_rows(corpus, rows, time_given=time_aware)
    wanted = _answers(corpus, rows)
    features, targets, sizes, found_answers = [], [], [], 0
    for low in range(0, len(rows), BATCH):
        part = queries.take(slice(low, low + BATCH))
        found = describe(corpus, part, around)
        key = (low + found.query) * len(corpus.items) + found.item
        is_target = np.isin(key, wanted)
        has = np.bincount(found.query, weights=is_target, minlength=len(part)) > 0
        kept = has[found.query]
        features.append(found.features[kept])
        targets.append(is_target[kept])
        sizes.append(np.diff(found.bounds)[has])
        found_answers += int(is_target.sum())
    return Examples(
        np.concatenate(features),
        np.concatenate(targets).astype(np.int8),
        np.concatenate(sizes),
        (len(wanted) - found_answers + 1) / (len(wanted) + 2),
    )


def _answers(corpus: Corpus, rows: np.ndarray) -> np.ndarray:
    """question * places + place code of all that was chosen at the moment of each row, and in its
    split; ascending.
    """
    moment = first_of_moment(corpus)
    question = np.full(len(corpus), -1, dtype=np.int64)
    question[moment[rows]] = np.arange(len(rows))
    owner = question[moment]
    chosen = np.flatnonzero((owner >= 0) & (corpus.item >= 0))
    chosen = chosen[corpus.split[chosen] == corpus.split[rows][owner[chosen]]]
    return np.unique(owner[chosen] * len(corpus.items) + corpus.item[chosen])
