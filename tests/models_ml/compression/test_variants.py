"""Every form is there, smaller where it says so, and timed on the same questions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models_ml.compression import variants as library
from models_ml.compression.onnx import OnnxTransformer
from models_ml.compression.prune import Pruned, cut, importance
from models_ml.compression.variants import FULL, Variant, latency, parameters, stored, variants
from models_ml.data.corpus import Corpus, queries_for_rows, target_rows
from models_ml.transformer.train import build
from tests.models_ml.conftest import TINY

for name in ("onnx", "onnxscript", "onnxruntime"):
    pytest.importorskip(name)


@pytest.fixture(scope="module")
def forms(trained, run, corpus: Corpus) -> dict[str, Variant]:
    def known(model, example) -> OnnxTransformer:
        assert model is trained.model and example is corpus
        return run

    felt = importance(trained.model, corpus, TINY)
    pruned = Pruned(cut(trained.model, felt, {"d_model": 8, "feed": 16}), 0.5, [])
    student = build(corpus, replace(TINY, d_model=8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library.onnx, "exported", known)
        return {one.name: one for one in variants(trained.model, pruned, student, corpus)}


def test_smaller_forms_are_smaller(forms) -> None:
    full = forms[FULL]
    assert next(iter(forms)) == FULL and len(forms) == 8
    for name in ("pruned to 0.5", "student"):
        assert forms[name].parameters < 0.7 * full.parameters
        assert forms[name].size < 0.8 * full.size
        assert forms[f"{name.split()[0]}, int8"].size < forms[name].size
    assert forms["int8"].parameters == forms["ONNX"].parameters == full.parameters
    assert forms["int8"].size < 0.6 * full.size
    assert forms["ONNX int8"].size < forms["ONNX"].size == stored(forms["ONNX"].model)


def test_a_size_is_that_of_the_numbers_in_it(trained) -> None:
    model = trained.model
    numbers = parameters(model) + model.network.item_points.numel()
    assert numbers * 4 < stored(model) < numbers * 8 + 20_000


def test_all_are_asked_the_same_questions_and_the_first_round_is_not_counted(corpus) -> None:
    asked: dict[str, list[np.ndarray]] = {"a": [], "b": []}

    class Asked:
        def __init__(self, name: str) -> None:
            self.name = name

        def score(self, corpus: Corpus, queries) -> None:
            asked[self.name].append(queries.row)

    queries = queries_for_rows(corpus, target_rows(corpus, "test")[:5])
    found = latency([Asked("a"), Asked("b")], corpus, queries, 3, 4)
    assert found.shape == (2, 4) and (found > 0).all()
    assert np.array_equal(asked["a"], asked["b"]) and len(asked["a"]) == 5
    assert np.array_equal(np.concatenate(asked["a"])[:6], queries.row[[0, 1, 2, 3, 4, 0]])
