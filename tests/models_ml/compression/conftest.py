"""The tiny city's network in ONNX, which takes seconds to export: once for all workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from models_ml.compression.onnx import OnnxNetwork, OnnxTransformer, exported
from models_ml.data.corpus import Corpus
from models_ml.transformer.train import Trained
from tests.conftest import made_once


@pytest.fixture(scope="session")
def run(
    trained: Trained, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory
) -> OnnxTransformer:
    """The trained network exported, and opened from its bytes."""

    def make(folder: Path) -> None:
        model = exported(trained.model, corpus)
        assert (model.name, model.config) == (f"{trained.model.name}_onnx", trained.config)
        (folder / "model.onnx").write_bytes(model.network.model)

    data = (made_once(tmp_path_factory, "onnx", make) / "model.onnx").read_bytes()
    model, network = trained.model, OnnxNetwork(data, trained.config.threads)
    return OnnxTransformer(
        model.config, model.vocabulary, network, f"{model.name}_onnx", model.calibration
    )
