"""The network run by onnxruntime, behind the same scorer interface.

Here belong the export to ONNX and the session that answers instead of the network.  What goes in
and what is made of the answers is `pointer`'s, shared and not copied.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models_ml.compression.fold import folded
from models_ml.data.corpus import Corpus
from models_ml.data.wide import NAMES as WIDE_NAMES
from models_ml.errors import ModelError
from models_ml.transformer.network import Network, Output, WideEntries
from models_ml.transformer.pointer import ROWS, PointerTransformer, tokens_of
from models_ml.transformer.windows import Batch, Tokens, assemble

OPSET = 20
INPUTS = (Batch, Tokens, WideEntries)


class OnnxNetwork(nn.Module):
    """An ONNX model in the place of a `Network`: batches of ROWS questions in, `Output` out."""

    def __init__(self, model: bytes, threads: int) -> None:
        super().__init__()
        runtime = _needed("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        self.model = model
        self.session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.wanted = {one.name for one in self.session.get_inputs()}

    def forward(self, batch: Batch, table: Tokens, wide: WideEntries) -> Output:
        """As `Network.forward`, without gradients."""
        given = dict(zip(_names(), _tensors(batch, table, wide), strict=True))
        feed = {name: value.numpy() for name, value in given.items() if name in self.wanted}
        found = self.session.run(None, feed)
        return Output(*(torch.from_numpy(np.asarray(one)) for one in found))


@dataclass(eq=False)
class OnnxTransformer(PointerTransformer):
    """A `PointerTransformer` whose network onnxruntime runs; it answers, and cannot be trained."""

    network: OnnxNetwork  # type: ignore[assignment]

    def fit(self, corpus: Corpus) -> OnnxTransformer:
        """Train anew on a corpus with the same settings, and export; returns the new model."""
        return exported(super().fit(corpus), corpus)

    def update(self, corpus: Corpus) -> OnnxTransformer:
        """Refused: what is exported for answers cannot be trained on."""
        raise ModelError(
            "an exported model cannot be updated", where=self.name, fix="update the one it is of"
        )


def exported(model: PointerTransformer, corpus: Corpus) -> OnnxTransformer:
    """The model run by onnxruntime; `corpus` gives one example to trace, no weight depends on it.

    Raises `ModelError` naming the pip extra where onnx, onnxscript or onnxruntime is missing.
    """
    for name in ("onnx", "onnxscript"):
        _needed(name)
    example = _example(model, corpus)
    rows, entries = torch.export.Dim("rows", min=2), torch.export.Dim("entries", min=2)
    spec = [
        {0: {Batch: None, Tokens: rows, WideEntries: entries}[kind]} if kind is not Batch else None
        for kind in INPUTS
        for _ in fields(kind)
    ]
    program = torch.onnx.export(
        _Flat(folded(model.network)).eval(),
        example,
        dynamo=True,
        verbose=False,
        opset_version=OPSET,
        input_names=list(_names()),
        dynamic_shapes=(tuple(spec),),
    )
    assert program is not None
    network = OnnxNetwork(program.model_proto.SerializeToString(), model.config.threads)
    return OnnxTransformer(
        model.config, model.vocabulary, network, f"{model.name}_onnx", model.calibration
    )


def quantised(model: OnnxTransformer) -> OnnxTransformer:
    """The same with 8-bit weights, by onnxruntime's own dynamic quantisation."""
    tool = _needed("onnxruntime.quantization")
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        whole.write_bytes(model.network.model)
        tool.quantize_dynamic(whole, small, weight_type=tool.QuantType.QInt8, per_channel=True)
        network = OnnxNetwork(small.read_bytes(), model.config.threads)
    return OnnxTransformer(
        model.config, model.vocabulary, network, f"{model.name}_int8", model.calibration
    )


class _Flat(nn.Module):
    """The network as the exporter wants it: tensors in, tensors out."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        left = iter(tensors)
        batch, table, wide = (
            kind(**{field.name: next(left) for field in fields(kind)}) for kind in INPUTS
        )
        output = self.network(batch, table, wide)
        return tuple(getattr(output, field.name) for field in fields(output))


def _example(model: PointerTransformer, corpus: Corpus) -> tuple[Tensor, ...]:
    """One batch in the shapes of every later one: nobody's questions, and two wide entries."""
    table, window = tokens_of(corpus, model.vocabulary), model.config.window
    rows = torch.arange(ROWS)[:, None] % table.blank
    batch = assemble(table, rows, rows[:, 0] - window + 1, window, window)
    two = torch.zeros(2, dtype=torch.int64)
    wide = WideEntries(question=two, item=two, features=torch.zeros(2, len(WIDE_NAMES)))
    return tuple(one.clone() for one in _tensors(batch, table, wide))


def _names() -> tuple[str, ...]:
    return tuple(f"{kind.__name__}_{field.name}" for kind in INPUTS for field in fields(kind))


def _tensors(*parts: Any) -> tuple[Tensor, ...]:
    return tuple(getattr(part, field.name) for part in parts for field in fields(part))


def _needed(name: str) -> Any:
    """An optional module; raises `ModelError` with the extra that brings it."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ModelError(
            f"{name} is not installed", where="compression.onnx", fix="pip install 'stevo[onnx]'"
        ) from error
