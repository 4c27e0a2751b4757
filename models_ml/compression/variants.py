"""One network in all its smaller and faster forms, with what each weighs and how long it takes.

Here belong the list of forms, their sizes and their latency.  How each is made is in the files
beside this one; how well each answers is measured by `evaluation`.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models_ml import checkpoint
from models_ml.compression import onnx, quantise
from models_ml.compression.onnx import OnnxTransformer
from models_ml.compression.prune import Pruned
from models_ml.data.corpus import Corpus, Queries
from models_ml.transformer.pointer import PointerTransformer

FULL = "full"


@dataclass(frozen=True)
class Variant:
    """A form of a network by the name of a table: `parameters` are the numbers that were learned,
    whatever their bits, `size` the bytes of the file that holds them.
    """

    name: str
    model: PointerTransformer
    parameters: int
    size: int


def variants(
    model: PointerTransformer, pruned: Pruned, student: PointerTransformer, corpus: Corpus
) -> list[Variant]:
    """The full model first, then its forms; raises `ModelError` where the extra `onnx` is missing.

    `pruned` may be the full model itself, where nothing could go.
    """
    run = onnx.exported(model, corpus)
    made = {
        FULL: (model, model),
        f"pruned to {pruned.share:g}": (pruned.model, pruned.model),
        "int8": (quantise.quantised(model), model),
        "pruned, int8": (quantise.quantised(pruned.model), pruned.model),
        "ONNX": (run, model),
        "ONNX int8": (onnx.quantised(run), model),
        "student": (student, student),
        "student, int8": (quantise.quantised(student), student),
    }
    return [
        Variant(name, form, parameters(learned), stored(form))
        for name, (form, learned) in made.items()
    ]


def parameters(model: PointerTransformer) -> int:
    """How many numbers a network in 32 bits has learned."""
    return sum(value.numel() for value in model.network.parameters())


def stored(model: PointerTransformer) -> int:
    """Bytes of a model's weights on disk: its ONNX file, or the checkpoint's weights; what is said
    of it beside them (places' names, settings) is alike for all.
    """
    if isinstance(model, OnnxTransformer):
        return len(model.network.model)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint.save(model, [], Path(folder))
        return (Path(folder) / checkpoint.WEIGHTS).stat().st_size


def latency(
    models: list[PointerTransformer], corpus: Corpus, queries: Queries, size: int, rounds: int
) -> np.ndarray:
    """Wall milliseconds of `score` for `size` questions, (models, rounds), from the question to all
    places' scores.

    In each round all models answer the same questions one after the other, so that what else the
    machine does meets all alike.  A first, uncounted round fills what is kept between calls.
    """
    taken = np.zeros((len(models), rounds + 1))
    for number in range(rounds + 1):
        part = queries.take((number * size + np.arange(size)) % len(queries))
        for i, model in enumerate(models):
            began = time.perf_counter()
            model.score(corpus, part)
            taken[i, number] = 1e3 * (time.perf_counter() - began)
    return taken[:, 1:]
