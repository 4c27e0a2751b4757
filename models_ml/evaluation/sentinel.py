"""The leak sentinel: does a model know what it cannot know?

Here belong three tests of a fitted model, each of which catches a planted oracle: answers must
not move when the future is scrambled, places a user never saw must not be easier than known ones,
and no single input feature may name the next place.  The floor over baselines is in `champion`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models_ml.columns import FEATURE_COLUMNS, SPLITS
from models_ml.data.corpus import Corpus, encode, queries_at, queries_for_rows, target_rows
from models_ml.evaluation.evaluate import answer, is_return
from models_ml.scorer import Scorer

PROBES = 128
MEASURED = 2_000
FEW = 30
SURE = 0.98
BINS = 64


def leak_sentinel(
    scorer: Scorer,
    sequences: pd.DataFrame,
    *,
    split: str = "test",
    time_given: bool = False,
    seed: int = 0,
) -> str | None:
    """What was found, in a sentence, or None when the model is clean."""
    corpus = encode(sequences)
    return (
        future_moves_answers(scorer, sequences, split=split, time_given=time_given, seed=seed)
        or too_good(scorer, corpus, split=split, time_given=time_given, seed=seed)
        or telling_feature(corpus, split=split)
    )


def future_moves_answers(
    scorer: Scorer,
    sequences: pd.DataFrame,
    *,
    split: str = "test",
    time_given: bool = False,
    seed: int = 0,
) -> str | None:
    """Scramble everything at or after a moment; answers to questions at that moment must stay
    bit-identical.

    The moment lies a third into the split; the questions ask for what up to `PROBES` users do
    from then on.
    """
    corpus = encode(sequences)
    rows = target_rows(corpus, split)
    if not len(rows):
        return None
    moment = int(corpus.at[rows[len(rows) // 3]])
    changed = encode(scrambled(sequences, moment, seed))
    later = rows[corpus.at[rows] >= moment]
    probed = np.unique(corpus.user[later])[:PROBES]
    other = _users_in(changed, corpus, probed)
    queries = queries_at(corpus, probed, moment, time_given=time_given)
    again = queries_at(changed, other, moment, time_given=time_given)
    before = scorer.score(corpus, queries)
    after = scorer.score(changed, again)
    places = _shared(corpus, changed, moment)
    moved = (before[:, places[0]] != after[:, places[1]]).any(axis=1)
    if moved.any():
        return f"{int(moved.sum())} of {len(moved)} answers changed when only later events did"
    return None


def scrambled(sequences: pd.DataFrame, moment: int, seed: int) -> pd.DataFrame:
    """The table with what happened at or after `moment` (microseconds) drawn anew, with
    replacement, from those rows.

    Places, types, coordinates and features move; users, times and ids stay.
    """
    at = sequences["event_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    late = np.flatnonzero(at >= moment)
    dealt = np.random.default_rng(seed).choice(late, size=len(late))
    table = sequences.copy()
    columns = ["item_id", "category", "event_type", "latitude", "longitude", *FEATURE_COLUMNS]
    for name in columns:
        values = table[name].to_numpy(copy=True)
        values[late] = sequences[name].to_numpy()[dealt]
        table[name] = values
    return table


def too_good(
    scorer: Scorer, corpus: Corpus, *, split: str = "test", time_given: bool = False, seed: int = 0
) -> str | None:
    """Accuracy no honest model reaches: on nearly everything, or on first visits more than on
    returns.
    """
    rows = target_rows(corpus, split, max_targets=MEASURED, seed=seed)
    if len(rows) < FEW or len(corpus.items) < 3:
        return None
    queries = queries_for_rows(corpus, rows, time_given=time_given)
    hit = answer(scorer, corpus, queries).ranks <= 1
    if hit.mean() > SURE:
        return f"Acc@1 is {hit.mean():.3f} on {split}, above {SURE}"
    returned = is_return(corpus, queries)
    if min(returned.sum(), (~returned).sum()) < FEW:
        return None
    first, again = hit[~returned].mean(), hit[returned].mean()
    if first > max(again, 0.5):
        return (
            f"first visits are foreseen better ({first:.3f}) than returns ({again:.3f}) on {split}"
        )
    return None


def telling_feature(corpus: Corpus, *, split: str = "test") -> str | None:
    """A per-event feature from which alone the user's next place can be read off better than by
    any count.

    Each feature is cut into bins on train; the likeliest next place of a bin is the guess.  It is
    suspicious when it beats the same guess made from the current place by a fifth of all cases.
    """
    following = np.where(np.diff(corpus.user, append=-1) == 0, np.roll(corpus.item, -1), -1)
    known = (following >= 0) & (corpus.item >= 0)
    train, asked = known & (corpus.split == 0), known & (corpus.split == SPLITS.index(split))
    if train.sum() < FEW or asked.sum() < FEW:
        return None
    floor = _guess_accuracy(corpus.item, following, train, asked)
    for index, name in enumerate(FEATURE_COLUMNS):
        values = corpus.features[:, index]
        edges = np.unique(np.quantile(values[train], np.linspace(0, 1, BINS + 1)[1:-1]))
        accuracy = _guess_accuracy(np.searchsorted(edges, values), following, train, asked)
        if accuracy > floor + 0.2:
            return f"feature {name} alone names the next place in {accuracy:.3f} of cases"
    return None


def _guess_accuracy(
    key: np.ndarray, target: np.ndarray, train: np.ndarray, asked: np.ndarray
) -> float:
    """Accuracy of guessing, for each key, its commonest train target."""
    pairs = pd.DataFrame({"key": key[train], "target": target[train]})
    counts = pairs.value_counts(sort=True).reset_index()
    best = counts.drop_duplicates("key").set_index("key")["target"]
    return float((best.reindex(key[asked]).fillna(-2).to_numpy() == target[asked]).mean())


def shuffled_labels(sequences: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """The table with places dealt out at random over all events: nothing is left to learn."""
    order = np.random.default_rng(seed).permutation(len(sequences))
    table = sequences.copy()
    for name in ("item_id", "category", "latitude", "longitude"):
        table[name] = sequences[name].to_numpy()[order]
    return table


def _users_in(other: Corpus, corpus: Corpus, user: np.ndarray) -> np.ndarray:
    index = {name: code for code, name in enumerate(other.users)}
    return np.array([index[name] for name in corpus.users[user]], dtype=np.int64)


def _shared(corpus: Corpus, changed: Corpus, moment: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes, in both corpora, of the places seen strictly before a moment."""
    seen = corpus.order[: np.searchsorted(corpus.at_sorted, moment, side="left")]
    codes = np.unique(corpus.item[seen])
    codes = codes[codes >= 0]
    index = {name: code for code, name in enumerate(changed.items)}
    return codes, np.array([index[name] for name in corpus.items[codes]], dtype=np.int64)
