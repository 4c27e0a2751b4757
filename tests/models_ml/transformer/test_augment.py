"""Augmentation: off, no bit changes; on, targets stay and the future tells nothing."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_ml.columns import FEATURE_COLUMNS
from models_ml.config import TrainConfig
from models_ml.data import sequences
from models_ml.data.corpus import MICROSECONDS_A_DAY, Corpus, encode
from models_ml.data.wide import NAMES as WIDE_NAMES
from models_ml.errors import ModelError
from models_ml.transformer import train as library
from models_ml.transformer.augment import augmented, crops, jittered, masked
from models_ml.transformer.chunks import Chunk, Trainset, chunk_batches, trainset
from models_ml.transformer.train import train
from models_ml.transformer.windows import PAIR_NAMES, Vocabulary
from tests.models_ml.conftest import make_events

CONFIG = TrainConfig(
    d_model=16, heads=2, window=12, batch_chunks=4, chunk=5, threads=1, epochs=2, lr=6e-3
)
ALL = replace(CONFIG, crop_share=0.6, mask_share=0.3, jitter_share=0.8, jitter_hours=3.0)
HOUR = MICROSECONDS_A_DAY // 24
CASES = settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
varied = st.builds(
    lambda seed, crop, mask, jitter: replace(
        ALL, seed=seed, crop_share=crop, mask_share=mask, jitter_share=jitter
    ),
    st.integers(0, 99),
    st.floats(0, 1),
    st.floats(0, 0.9),
    st.floats(0.01, 1),
)


@pytest.fixture(scope="module")
def small() -> Corpus:
    """A smaller city, in which some events share their moment."""
    found = encode(sequences.build(make_events(people=10, events=40)))
    at = found.at.copy()
    tied = found.start[:-1] + 3
    at[tied] = at[tied - 1]
    return replace(found, at=at)


@pytest.fixture(scope="module")
def vocabulary(small: Corpus) -> Vocabulary:
    return Vocabulary.of_training(small)


@pytest.fixture(scope="module")
def data(small: Corpus, vocabulary: Vocabulary) -> Trainset:
    return trainset(small, vocabulary, CONFIG)


def all_of(data: Trainset, config: TrainConfig) -> Chunk:
    """All questions as one batch."""
    return chunk_batches(data, config, np.arange(len(data.first)))


def test_without_a_share_it_is_the_same_object(data: Trainset, vocabulary: Vocabulary) -> None:
    assert augmented(data, vocabulary, replace(CONFIG, jitter_hours=9.0), 3) is data
    for unchanged in (masked, lambda *given: jittered(given[0], 0.0, 2.0, given[2])):
        assert unchanged(data.corpus, 0.0, np.random.default_rng(1)) is data.corpus


def test_a_crop_of_nothing_changes_no_bit(data: Trainset, vocabulary: Vocabulary) -> None:
    """The way that is taken where something varies, with nothing left to vary."""
    least = replace(CONFIG, crop_share=1e-12)
    plain, same = (all_of(one, CONFIG) for one in (data, augmented(data, vocabulary, least, 1)))
    for one, other in ((plain, same), (plain.batch, same.batch), (plain.wide, same.wide)):
        for field in fields(one):
            value = getattr(one, field.name)
            if isinstance(value, torch.Tensor):
                assert torch.equal(value, getattr(other, field.name)), field.name


@CASES
@given(varied, st.integers(1, 5), st.booleans())
def test_targets_and_their_times_are_untouched(
    data: Trainset, vocabulary: Vocabulary, config: TrainConfig, epoch: int, told: bool
) -> None:
    config = replace(config, time_aware=told)
    plain, other = all_of(data, config), all_of(augmented(data, vocabulary, config, epoch), config)
    names = ("row", "code", "kind", "category", "cell", "gap", "has_place", "has_kind")
    for name in names:
        assert torch.equal(getattr(plain, name), getattr(other, name)), name
    if told:
        # Hour, week and weekend of the target; the last figure is the time since the newest event.
        assert torch.equal(plain.batch.now[..., :-1], other.batch.now[..., :-1])


@CASES
@given(st.integers(0, 99), st.floats(0.01, 1), st.floats(0.01, 48))
def test_times_move_back_within_their_order(
    small: Corpus, seed: int, share: float, hours: float
) -> None:
    found = jittered(small, share, hours, np.random.default_rng(seed))
    moved = small.at - found.at
    assert moved.min() >= 0 and moved.max() <= hours * HOUR
    same_user = small.user[1:] == small.user[:-1]
    before, after = np.diff(small.at)[same_user], np.diff(found.at)[same_user]
    assert (after[before > 0] > 0).all() and (after >= 0).all()
    # Hour and week features are those of the moved time.
    day, week = MICROSECONDS_A_DAY, 7 * MICROSECONDS_A_DAY
    for name, period in (("hour", day), ("week", week)):
        sine, cosine = (FEATURE_COLUMNS.index(f"f_{name}_{part}") for part in ("sin", "cos"))
        old = np.arctan2(small.features[:, sine], small.features[:, cosine])
        new = np.arctan2(found.features[:, sine], found.features[:, cosine])
        # Ties were made by hand: there the features tell of another time, and turn all the same.
        turned = np.angle(np.exp(1j * (old - new - 2 * np.pi * moved / period)))
        assert np.abs(turned).max() < 1e-5


@CASES
@given(st.integers(0, 99), st.floats(0.05, 0.9))
def test_hidden_places_leave_no_trace_but_kind_and_time(
    small: Corpus, vocabulary: Vocabulary, seed: int, share: float
) -> None:
    found = masked(small, share, np.random.default_rng(seed))
    hidden = found.item != small.item
    assert hidden.any() and (found.item[hidden] == -1).all() and (small.item[hidden] >= 0).all()
    assert (found.category[hidden] == -1).all() and np.isnan(found.latitude[hidden]).all()
    assert found.at is small.at and found.kind is small.kind
    # Other places at the hidden rows give the same events, to the bit.
    other = small.item.copy()
    other[hidden] = (other[hidden] + 1) % len(small.items)
    features = small.features.copy()
    touched = hidden | np.concatenate([[False], hidden[:-1]])
    features[touched, FEATURE_COLUMNS.index("f_distance")] += 1
    again = masked(
        replace(small, item=other, features=features), share, np.random.default_rng(seed)
    )
    assert np.array_equal(again.item, found.item)
    assert np.array_equal(again.features, found.features)


def test_pointers_and_counts_do_not_know_hidden_places(
    data: Trainset, vocabulary: Vocabulary
) -> None:
    config = replace(CONFIG, mask_share=0.4, seed=3)
    found = augmented(data, vocabulary, config, 1)
    hidden = (found.table.item < 0) & (data.table.item >= 0)
    one = all_of(found, config)
    keys = one.batch.key_rows[:, 1:]
    at_hidden = hidden[keys][:, None, :] & one.batch.allowed
    assert at_hidden.any() and not (one.batch.placed & at_hidden).any()
    assert not one.batch.pairs[..., PAIR_NAMES.index("same_place")][at_hidden].any()
    width = one.batch.query_rows.shape[1]
    assert not (one.place.view(-1, width, keys.shape[1]) & at_hidden).any()
    after = found.table.following[keys]
    assert not (hidden[after][:, None, :] & one.batch.successor).any()
    # A place is the user's own in the counts only where a visit to it is not hidden.
    for row in data.rows[1][::7]:
        start = data.corpus.start[data.corpus.user[row]]
        own = np.arange(start, row)[data.corpus.at[start:row] < data.corpus.at[row]]
        known = set(found.table.item[torch.from_numpy(own)].tolist()) - {-1}
        part = slice(found.bounds[row], found.bounds[row + 1])
        is_own = found.wide_features[part, WIDE_NAMES.index("is_own")] > 0
        codes = {str(data.corpus.items[code]) for code in known} & set(vocabulary.items)
        assert {vocabulary.items[code] for code in found.wide_item[part][is_own]} == codes


@CASES
@given(st.integers(0, 99), st.floats(0.1, 1))
def test_a_cropped_window_begins_later_and_is_never_empty(
    data: Trainset, vocabulary: Vocabulary, seed: int, share: float
) -> None:
    config = replace(CONFIG, crop_share=share, seed=seed)
    found = augmented(data, vocabulary, config, 1)
    assert found.since is not None and found.table is data.table
    start = data.corpus.start[data.corpus.user[data.first]]
    assert (found.since >= start).all()
    # Events of the first question's own moment are not seen, and do not count.
    begun = data.moment[data.first]
    assert (found.since[begun > start] < begun[begun > start]).all()
    plain, one = all_of(data, config), all_of(found, config)
    keys = one.batch.key_rows[:, None, 1:]
    visible = plain.batch.allowed & (keys >= torch.from_numpy(found.since)[:, None, None])
    assert torch.equal(one.batch.allowed, visible)
    asked = one.has_kind.view(visible.shape[:2])
    assert torch.equal(one.batch.allowed.any(-1) & asked, plain.batch.allowed.any(-1) & asked)
    # Own counts begin where the window does.
    chunk, rows = data.rows
    for since, row in list(zip(found.since[chunk], rows, strict=True))[::11]:
        seen = data.corpus.item[since:row][data.corpus.at[since:row] < data.corpus.at[row]]
        part = slice(found.bounds[row], found.bounds[row + 1])
        is_own = found.wide_features[part, WIDE_NAMES.index("is_own")] > 0
        assert is_own.sum() == len(np.unique(seen[seen >= 0]))


def test_crops_are_as_frequent_as_asked_and_reach_the_whole_window(data: Trainset) -> None:
    config = replace(CONFIG, crop_share=0.5)
    start = data.corpus.start[data.corpus.user[data.first]]
    length = np.minimum(data.first - start, config.window)
    drawn = np.stack([crops(data, config, np.random.default_rng(i)) for i in range(200)])
    full = length == config.window
    seen = (data.first - drawn)[:, full]
    is_cropped = drawn[:, full] > start[full]
    assert 0.44 < is_cropped.mean() < 0.51
    assert seen.min() == 1 and set(range(1, config.window)) <= set(np.unique(seen))


@CASES
@given(varied, st.integers(0, 10_000), st.integers(0, 99))
def test_the_future_changes_nothing_that_a_question_reads(
    small: Corpus,
    data: Trainset,
    vocabulary: Vocabulary,
    config: TrainConfig,
    chosen: int,
    seed: int,
) -> None:
    train_rows = np.flatnonzero(small.split == 0)
    moment = small.at[train_rows[chosen % len(train_rows)]]
    late = small.at >= moment
    rng = np.random.default_rng(seed)
    at = np.where(late, small.at + HOUR * 7, small.at)
    features = small.features.copy()
    features[late] = rng.normal(size=(late.sum(), features.shape[1]))
    changed = replace(
        small,
        at=at,
        at_sorted=at[small.order],
        item=np.where(late, rng.integers(len(small.items), size=len(small)), small.item),
        kind=np.where(late, 0, small.kind),
        category=np.where(late, 0, small.category),
        latitude=np.where(late, 1.0, small.latitude),
        features=features,
    )
    one = augmented(data, vocabulary, config, 1)
    two = augmented(trainset(changed, vocabulary, config), vocabulary, config, 1)
    mine, theirs = all_of(one, config), all_of(two, config)
    newest = mine.batch.query_rows
    before = (newest < len(small)) & ~torch.from_numpy(np.append(late, True))[newest]
    for name in ("allowed", "placed", "successor", "pairs", "now"):
        values = (getattr(chunk.batch, name)[before] for chunk in (mine, theirs))
        assert torch.equal(*values), name
    rows = torch.from_numpy(np.flatnonzero(~late))
    for name in ("item_code", "kind_code", "category_code", "features", "hours", "local"):
        assert torch.equal(getattr(one.table, name)[rows], getattr(two.table, name)[rows]), name
    for row in data.rows[1][~late[data.rows[1]]]:
        parts = [slice(some.bounds[row], some.bounds[row + 1]) for some in (one, two)]
        assert np.array_equal(one.wide_item[parts[0]], two.wide_item[parts[1]])
        assert np.array_equal(one.wide_features[parts[0]], two.wide_features[parts[1]])


def test_an_epoch_is_drawn_by_its_seed(data: Trainset, vocabulary: Vocabulary) -> None:
    def pairs(config: TrainConfig, epoch: int) -> torch.Tensor:
        return all_of(augmented(data, vocabulary, config, epoch), config).batch.pairs

    first = pairs(ALL, 1)
    assert torch.equal(first, pairs(ALL, 1))
    assert not torch.equal(first, pairs(ALL, 2))
    assert not torch.equal(first, pairs(replace(ALL, seed=8), 1))
    # One way does not change what another draws.
    alone = augmented(data, vocabulary, replace(ALL, crop_share=0.0, jitter_share=0.0), 1)
    assert torch.equal(alone.table.item, augmented(data, vocabulary, ALL, 1).table.item)


def test_each_epoch_of_a_training_is_drawn_anew(
    small: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[int, Trainset]] = []

    def spying(data: Trainset, *given: object) -> Trainset:
        read.append((int(given[-1]), augmented(data, *given)))  # type: ignore[arg-type,call-overload]
        return read[-1][1]

    monkeypatch.setattr(library, "augmented", spying)
    train(small, ALL)
    assert [epoch for epoch, _ in read] == [1, 2]
    assert not torch.equal(read[0][1].table.item, read[1][1].table.item)


class Stop(Exception):
    """Ends a training in the middle of an epoch."""


def test_an_augmented_training_goes_on_to_the_same_bits(
    small: Corpus, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(ALL, save_steps=2)
    whole = train(small, config)
    plain = train(small, replace(CONFIG, save_steps=2))
    assert whole.curves[0]["train_loss"] != plain.curves[0]["train_loss"]
    taken, real = 0, library.chunk_batches

    def stopping(*given: object) -> Chunk:
        nonlocal taken
        taken += 1
        if taken == 22:
            raise Stop
        return real(*given)

    monkeypatch.setattr(library, "chunk_batches", stopping)
    with pytest.raises(Stop):
        train(small, config, resume=tmp_path)
    again = train(small, config, resume=tmp_path)
    theirs = whole.model.network.state_dict()
    assert all(torch.equal(v, theirs[n]) for n, v in again.model.network.state_dict().items())
    assert [row["val_loss"] for row in again.curves] == [row["val_loss"] for row in whole.curves]


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"crop_share": 1.1}, r"crop_share must lie in \[0, 1\], got 1.1"),
        ({"mask_share": 1.0}, r"mask_share must lie in \[0, 1\), got 1.0"),
        ({"jitter_share": float("nan")}, "jitter_share"),
        ({"jitter_hours": 0.0}, "jitter_hours must be > 0, got 0.0"),
    ],
)
def test_impossible_shares_are_refused(wrong: dict[str, float], problem: str) -> None:
    with pytest.raises(ModelError, match=problem):
        TrainConfig.from_dict(wrong)
