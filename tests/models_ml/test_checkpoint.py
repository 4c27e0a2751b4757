"""Checkpoints: a round trip is exact; anything damaged is refused by name; no pickle is read."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_ml import checkpoint
from models_ml.baselines import baseline
from models_ml.columns import ITEM_KNN, LSTM, SASREC
from models_ml.data.corpus import Corpus, queries_for_rows, target_rows
from models_ml.deep_ensemble import DeepEnsemble
from models_ml.ensemble import Ensemble
from models_ml.errors import DamagedCheckpoint, ModelError
from models_ml.gap_counts import gap_counters
from models_ml.marginal import Marginal
from models_ml.peers.loop import build as build_peer
from models_ml.peers.neighbours import train_neighbours
from models_ml.ranker import Ranker
from models_ml.transformer.calibrate import Calibration
from models_ml.transformer.train import Trained, build
from tests.models_ml.conftest import TINY, TINY_PEER


def keep(trained: Trained, folder: Path) -> str:
    """Save a model with its curves."""
    return checkpoint.save(trained.model, trained.curves, folder)


@pytest.fixture(scope="module")
def folder(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "one"
    keep(trained, path)
    return path


def test_a_round_trip_answers_alike(folder: Path, corpus: Corpus, trained: Trained) -> None:
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:70])
    loaded = checkpoint.load(folder)
    assert np.array_equal(loaded.score(corpus, queries), trained.model.score(corpus, queries))
    assert loaded.name == trained.model.name
    assert loaded.config == trained.config
    assert loaded.calibration == trained.model.calibration
    assert np.array_equal(
        loaded.score_events(corpus, queries), trained.model.score_events(corpus, queries)
    )


def test_the_version_stands_for_the_content(trained: Trained, tmp_path: Path) -> None:
    one, two = keep(trained, tmp_path / "a"), keep(trained, tmp_path / "b")
    assert one == two
    assert len(one) == 12
    kept = checkpoint.curves(tmp_path / "a")
    assert [row["val_loss"] for row in kept] == [row["val_loss"] for row in trained.curves]


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_one_flipped_bit_is_refused(folder: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([checkpoint.WEIGHTS, checkpoint.MODEL]))
    path = folder / name
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(bytes(flipped))
    try:
        with pytest.raises(DamagedCheckpoint, match=f"{name} does not match its sha256"):
            checkpoint.load(folder)
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("name", [checkpoint.WEIGHTS, checkpoint.MODEL, checkpoint.SUMS])
def test_a_missing_file_is_named(trained: Trained, tmp_path: Path, name: str) -> None:
    keep(trained, tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(DamagedCheckpoint, match=name):
        checkpoint.load(tmp_path)


def rewrite(folder: Path, name: str, data: bytes) -> None:
    """Replace a file and its hash, as somebody who wants it to pass would."""
    (folder / name).write_bytes(data)
    files = [checkpoint.WEIGHTS, checkpoint.MODEL]
    sums = [f"{hashlib.sha256((folder / f).read_bytes()).hexdigest()}  {f}\n" for f in files]
    (folder / checkpoint.SUMS).write_text("".join(sums))


def test_a_pickle_is_never_read(trained: Trained, tmp_path: Path) -> None:
    import pickle

    class Harm:
        def __reduce__(self):
            return (Path(tmp_path / "harm").touch, ())

    keep(trained, tmp_path)
    rewrite(tmp_path, checkpoint.WEIGHTS, pickle.dumps(Harm()))
    with pytest.raises(DamagedCheckpoint, match="cannot be read"):
        checkpoint.load(tmp_path)
    assert not (tmp_path / "harm").exists()


def test_a_newer_format_is_refused(trained: Trained, tmp_path: Path) -> None:
    keep(trained, tmp_path)
    about = json.loads((tmp_path / checkpoint.MODEL).read_text()) | {"format": 99}
    rewrite(tmp_path, checkpoint.MODEL, json.dumps(about).encode())
    with pytest.raises(ModelError, match=f"format 99, this code reads {checkpoint.FORMAT}"):
        checkpoint.load(tmp_path)


def test_a_checkpoint_from_before_texts_is_read(
    trained: Trained, corpus: Corpus, tmp_path: Path
) -> None:
    keep(trained, tmp_path)
    about = json.loads((tmp_path / checkpoint.MODEL).read_text())
    for part, names in (
        ("config", ("texts", "text_components")),
        ("shape", ("texts", "text_width")),
    ):
        for name in names:
            del about[part][name]
    rewrite(tmp_path, checkpoint.MODEL, json.dumps(about).encode())
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:70])
    loaded = checkpoint.load(tmp_path)
    assert np.array_equal(loaded.score(corpus, queries), trained.model.score(corpus, queries))


@pytest.fixture
def ensemble(trained: Trained, ranker: Ranker) -> Ensemble:
    """Both models, unevenly mixed."""
    return Ensemble(trained.model, ranker, 0.3, 2.0)


def test_an_ensemble_comes_back_whole(
    ensemble: Ensemble, trained: Trained, corpus: Corpus, tmp_path: Path
) -> None:
    version = checkpoint.save(ensemble, trained.curves, tmp_path)
    assert version != keep(trained, tmp_path / "alone")
    loaded = checkpoint.load(tmp_path)
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:70])
    assert isinstance(loaded, Ensemble)
    assert (loaded.weight, loaded.novelty) == (0.3, 2.0)
    assert loaded.ranker.config == ensemble.ranker.config
    assert np.array_equal(loaded.score(corpus, queries), ensemble.score(corpus, queries))
    assert checkpoint.save(loaded, trained.curves, tmp_path / "again") == version


def test_a_deep_ensemble_comes_back_whole(
    deep: DeepEnsemble, ranker: Ranker, trained: Trained, corpus: Corpus, tmp_path: Path
) -> None:
    """Alone and as the network of the ensemble, with members of unequal calibration."""
    uneven = Calibration(1.7, 0.5, 1.0)
    deep = replace(deep, members=(deep.members[0], replace(deep.members[1], calibration=uneven)))
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:70])
    for name, model in (("deep", deep), ("mixed", Ensemble(deep, ranker, 0.3, 2.0))):
        version = checkpoint.save(model, trained.curves, tmp_path / name)
        loaded = checkpoint.load(tmp_path / name)
        for ask in ("score", "score_events"):
            wanted = getattr(model, ask)(corpus, queries)
            assert np.array_equal(getattr(loaded, ask)(corpus, queries), wanted)
        inner = loaded.network if isinstance(loaded, Ensemble) else loaded
        assert isinstance(inner, DeepEnsemble)
        assert inner.temperature == deep.temperature
        assert [one.config for one in inner.members] == [one.config for one in deep.members]
        assert [one.learnt for one in inner.members] == [one.learnt for one in deep.members]
        assert inner.members[1].calibration == uneven
        assert checkpoint.save(loaded, trained.curves, tmp_path / f"{name}-again") == version


@pytest.mark.parametrize("harm", ["missing", "unlisted", "altered"])
def test_an_ensemble_without_its_trees_is_refused(
    ensemble: Ensemble, trained: Trained, tmp_path: Path, harm: str
) -> None:
    checkpoint.save(ensemble, trained.curves, tmp_path)
    trees = tmp_path / checkpoint.TREES
    if harm == "altered":
        trees.write_bytes(trees.read_bytes().replace(b"leaf_value", b"leaf_vague", 1))
    else:
        trees.unlink()
    if harm == "unlisted":
        sums = (tmp_path / checkpoint.SUMS).read_text().splitlines(keepends=True)
        kept = [line for line in sums if checkpoint.TREES not in line]
        (tmp_path / checkpoint.SUMS).write_text("".join(kept))
    with pytest.raises(DamagedCheckpoint, match=r"ranker\.txt"):
        checkpoint.load(tmp_path)


def test_a_peer_comes_back_with_its_version(corpus: Corpus, tmp_path: Path) -> None:
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:20])
    for model in (build_peer(LSTM, corpus, TINY_PEER), train_neighbours(ITEM_KNN, corpus)):
        version = checkpoint.save(model, [], tmp_path / model.name)
        loaded = checkpoint.load(tmp_path / model.name)
        assert loaded.name == model.name
        assert np.array_equal(loaded.score(corpus, queries), model.score(corpus, queries))
        assert checkpoint.save(loaded, [], tmp_path / "again") == version


@pytest.mark.parametrize("own", [None, False, True], ids=["model", "everybody", "own"])
def test_a_marginal_comes_back_with_both_models_and_its_forecaster(
    trained: Trained, corpus: Corpus, tmp_path: Path, own: bool | None
) -> None:
    told = build(corpus, replace(TINY, time_aware=True))
    counters = {one.own: one for one in gap_counters(corpus).values()}
    marginal = Marginal(told, trained.model, trained.model if own is None else counters[own])
    version = checkpoint.save(marginal, [], tmp_path / "a")
    loaded = checkpoint.load(tmp_path / "a")
    assert isinstance(loaded, Marginal) and loaded.name == marginal.name
    assert own is not None or loaded.forecaster is loaded.untold
    assert own is None or loaded.forecaster == marginal.forecaster
    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:20])
    assert np.array_equal(loaded.score(corpus, queries), marginal.score(corpus, queries))
    assert checkpoint.save(loaded, [], tmp_path / "b") == version


def test_a_part_of_another_marginal_is_refused(
    trained: Trained, corpus: Corpus, tmp_path: Path
) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        told = build(corpus, replace(TINY, time_aware=True, seed=seed))
        checkpoint.save(Marginal(told, trained.model, trained.model), [], tmp_path / name)
    shutil.rmtree(tmp_path / "a" / checkpoint.TOLD)
    with pytest.raises(DamagedCheckpoint, match="told/SHA256SUMS"):
        checkpoint.load(tmp_path / "a")
    shutil.copytree(tmp_path / "b" / checkpoint.TOLD, tmp_path / "a" / checkpoint.TOLD)
    with pytest.raises(DamagedCheckpoint, match="told/SHA256SUMS does not match its sha256"):
        checkpoint.load(tmp_path / "a")
    (tmp_path / "b" / checkpoint.TOLD / checkpoint.WEIGHTS).write_bytes(b"")
    with pytest.raises(DamagedCheckpoint, match=rf"{checkpoint.WEIGHTS} does not match"):
        checkpoint.load(tmp_path / "b")


@pytest.mark.parametrize("name", [checkpoint.WEIGHTS, checkpoint.MODEL])
def test_files_of_two_models_are_no_model(
    trained: Trained, corpus: Corpus, tmp_path: Path, name: str
) -> None:
    """The sums are right, so only what the files say can tell."""
    torch_models = (trained.model, *(build_peer(one, corpus, TINY_PEER) for one in (LSTM, SASREC)))
    for number, model in enumerate(torch_models):
        checkpoint.save(model, [], tmp_path / str(number))
    for number in range(3):
        other = (tmp_path / str((number + 1) % 3) / name).read_bytes()
        shutil.copytree(tmp_path / str(number), tmp_path / "mixed")
        rewrite(tmp_path / "mixed", name, other)
        with pytest.raises(DamagedCheckpoint, match=rf"{checkpoint.MODEL} and the files beside"):
            checkpoint.load(tmp_path / "mixed")
        shutil.rmtree(tmp_path / "mixed")


def test_json_of_something_else_is_refused_by_name(trained: Trained, tmp_path: Path) -> None:
    keep(trained, tmp_path)
    for foreign in (b"[1]", b'{"name": "x"}'):
        rewrite(tmp_path, checkpoint.MODEL, foreign)
        with pytest.raises(DamagedCheckpoint, match=rf"{checkpoint.MODEL} is not a model"):
            checkpoint.load(tmp_path)


def test_what_has_nothing_to_keep_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot keep a Baseline"):
        checkpoint.save(baseline("blend"), [], tmp_path / "none")
    assert not (tmp_path / "none").exists()
