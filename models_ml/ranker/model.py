"""The ranker behind the scorer interface: LightGBM's LambdaMART over described candidates.

Here belong training, calibration and inference.  What the trees are told is the business of
`features` and `examples`; settings are `config`'s, files `checkpoint`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import lightgbm
import numpy as np

from models_ml.baselines import baseline
from models_ml.columns import RANKER
from models_ml.config import RankerConfig
from models_ml.data.corpus import Corpus, Queries, drawn, target_rows
from models_ml.data.tiles import tiles
from models_ml.data.wide import Candidates
from models_ml.errors import ModelError, TooFewEvents
from models_ml.ranker.examples import Examples, examples, questions
from models_ml.ranker.features import describe
from models_ml.ranker.proposals import Surroundings
from models_ml.scorer import Citation, check_told

NEEDED_QUESTIONS, NEEDED_VAL = 200, 20
# An update grows at most rounds / UPDATE_PART further trees.
UPDATE_PART = 4
TEMPERATURES = np.geomspace(0.25, 4.0, 25)
Progress = Callable[[dict[str, float]], None]


@dataclass(eq=False)
class Ranker:
    """Trees with what they need to read a corpus.

    `temperature` divides the trees' scores before they become shares; `elsewhere` is the share of
    questions whose answer is no candidate. Both are measured on val.  `learnt` is the moment of
    the newest event of split `train` (microseconds, UTC).
    """

    config: RankerConfig
    surroundings: Surroundings
    trees: lightgbm.Booster
    temperature: float
    elsewhere: float
    name: str = RANKER
    learnt: int | None = None

    def fit(self, corpus: Corpus) -> Ranker:
        """Train anew on a corpus with the same settings; returns the new model."""
        return train_ranker(corpus, self.config)

    def update(self, corpus: Corpus) -> Ranker:
        """Learn from a corpus that has grown since `fit`, starting from what is known, without
        training anew; returns the updated model.
        """
        return updated_ranker(self, corpus)

    def score(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Probabilities of all places of the corpus, (queries, items); 0 for what nobody has been
        to.
        """
        check_told(self.name, trained=self.config.time_aware, asked=queries.time_given)
        around = self.surroundings.codes(corpus)
        parts = []
        for tile in tiles(len(queries), len(corpus.items)):
            part = queries.take(tile)
            parts.append(self.shares(corpus, part, describe(corpus, part, around)))
        return np.concatenate(parts) if parts else np.zeros((0, len(corpus.items)))

    def score_events(self, corpus: Corpus, queries: Queries) -> np.ndarray:
        """Event types are not what the trees know: the shares of the untrained blend."""
        return baseline("blend").score_events(corpus, queries)

    def explain(self, corpus: Corpus, queries: Queries, items: np.ndarray) -> list[list[Citation]]:
        """The user's earlier events at the place asked about, newer ones heavier."""
        return baseline("blend").explain(corpus, queries, items)

    def shares(self, corpus: Corpus, queries: Queries, found: Candidates) -> np.ndarray:
        """`score` of a batch of questions whose candidates are described already."""
        raw = self.trees.predict(found.features, raw_score=True, num_threads=self.config.threads)
        counts = baseline("popularity").score(corpus, queries)
        # All of it goes by popularity where there is no candidate, as for a user's first question.
        has_none = np.diff(found.bounds) == 0
        elsewhere = np.where(has_none, 1.0, self.elsewhere)[:, None]
        shares = elsewhere * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
        shares[found.query, found.item] += (1 - self.elsewhere) * softmax_by_question(
            np.asarray(raw) / self.temperature, found.bounds
        )
        return shares


def train_ranker(corpus: Corpus, config: RankerConfig, progress: Progress | None = None) -> Ranker:
    """Train on the newest questions of split `train`, stop early on `val`; `test` is never looked
    at.

    Raises `TooFewEvents` with what is needed.
    """
    surroundings = Surroundings.of_training(corpus)
    around = surroundings.codes(corpus)
    for split, needed in (("train", NEEDED_QUESTIONS), ("val", NEEDED_VAL)):
        found = len(target_rows(corpus, split))
        if found < needed:
            raise TooFewEvents(f"{split} events with a place", needed=needed, found=found)
    rows = questions(corpus, "train")[-config.questions :]
    fit = examples(corpus, rows, around, config.time_aware)
    val = _val(corpus, around, config)
    kept = _grown(config, fit, val, config.rounds, progress)
    temperature = _temperature(_raw(kept, val, config), val)[0]
    return Ranker(
        config, surroundings, kept, temperature, val.elsewhere, learnt=_newest_train(corpus)
    )


def updated_ranker(ranker: Ranker, corpus: Corpus) -> Ranker:
    """A ranker with further trees grown on the train questions later than any the given one knew,
    kept if they surprise val less; the given one itself where there is no such question.

    What is near a place is taken anew from the grown corpus either way.  Raises `ModelError` for a
    ranker that does not say what it has learnt, `TooFewEvents` where val is too small to judge by.
    """
    config = ranker.config
    if ranker.learnt is None:
        raise ModelError(
            "this model does not say up to when it has learnt", where=ranker.name, fix="train anew"
        )
    rows = questions(corpus, "train")
    rows = rows[corpus.at[rows] > ranker.learnt][-config.questions :]
    if not len(rows):
        return ranker
    found = len(target_rows(corpus, "val"))
    if found < NEEDED_VAL:
        raise TooFewEvents("val events with a place", needed=NEEDED_VAL, found=found)
    surroundings = Surroundings.of_training(corpus)
    around = surroundings.codes(corpus)
    new = examples(corpus, rows, around, config.time_aware)
    val = _val(corpus, around, config)
    choices = [ranker.trees]
    if len(new.sizes):
        more = max(config.rounds // UPDATE_PART, 1)
        choices.append(_grown(config, new, val, more, None, ranker.trees))
    judged = [(_temperature(_raw(trees, val, config), val), trees) for trees in choices]
    (temperature, _), kept = min(judged, key=lambda one: one[0][1])
    return Ranker(
        config, surroundings, kept, temperature, val.elsewhere, learnt=_newest_train(corpus)
    )


def _val(corpus: Corpus, around: np.ndarray, config: RankerConfig) -> Examples:
    """The questions of val that decide, at most `max_val_targets`, drawn by the seed."""
    rows = drawn(questions(corpus, "val"), config.max_val_targets, config.seed)
    return examples(corpus, rows, around, config.time_aware)


def _grown(
    config: RankerConfig,
    fit: Examples,
    val: Examples,
    rounds: int,
    progress: Progress | None,
    start: lightgbm.Booster | None = None,
) -> lightgbm.Booster:
    """Trees after `start`, up to the best round alone, so that files and answers need no more."""
    trees = lightgbm.train(
        _parameters(config),
        fit.dataset(),
        num_boost_round=rounds,
        valid_sets=[val.dataset()],
        init_model=start,
        callbacks=[
            lightgbm.early_stopping(config.patience, verbose=False),
            *([_tell(progress, rounds)] if progress else []),
        ],
    )
    return lightgbm.Booster(model_str=trees.model_to_string(num_iteration=trees.best_iteration))


def _raw(trees: lightgbm.Booster, val: Examples, config: RankerConfig) -> np.ndarray:
    """The trees' scores of val's candidates."""
    return np.asarray(trees.predict(val.features, raw_score=True, num_threads=config.threads))


def _newest_train(corpus: Corpus) -> int:
    return int(corpus.at[corpus.split == 0].max())


def softmax_by_question(raw: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Softmax over raw[bounds[i]:bounds[i+1]] of each question that has candidates, float64."""
    if not len(raw):
        return np.zeros(0)
    sizes = np.diff(bounds)
    starts = bounds[:-1][sizes > 0]
    sizes = sizes[sizes > 0]
    highest = np.maximum.reduceat(raw, starts)
    shares = np.exp(raw - np.repeat(highest, sizes))
    return shares / np.repeat(np.add.reduceat(shares, starts), sizes)


def _parameters(config: RankerConfig) -> dict[str, object]:
    return {
        "objective": "lambdarank",
        "lambdarank_truncation_level": 30,
        "metric": "ndcg",
        "eval_at": [10],
        "learning_rate": config.lr,
        "num_leaves": config.leaves,
        # Fewer than the default of 255: with these many noisy counts, coarser cuts rank better.
        "max_bin": 63,
        "min_data_in_leaf": config.min_leaf,
        "feature_fraction": config.feature_share,
        "bagging_fraction": config.row_share,
        "bagging_freq": 1,
        "lambda_l2": config.l2,
        "num_threads": config.threads,
        "seed": config.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }


def _temperature(raw: np.ndarray, val: Examples) -> tuple[float, float]:
    """The divisor under which the answers of val are least surprising, and that surprise."""
    bounds = np.concatenate([[0], np.cumsum(val.sizes)])
    target = val.is_target.astype(bool)
    losses = [
        -np.log(np.maximum(softmax_by_question(raw / one, bounds)[target], 1e-12)).mean()
        for one in TEMPERATURES
    ]
    best = int(np.argmin(losses))
    return float(TEMPERATURES[best]), float(losses[best])


def _tell(progress: Progress, rounds: int) -> Callable[[lightgbm.callback.CallbackEnv], None]:
    def tell(state: lightgbm.callback.CallbackEnv) -> None:
        progress({"round": state.iteration + 1, "done": (state.iteration + 1) / rounds})

    return tell
