"""A language model from this machine: a folder, or an installed package that ships one.

Here belong finding it and embedding texts with it.  Nothing is ever fetched: what is not here is
an error that says what is missing.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from models_ml.errors import ModelError

NEEDED = ("config.json", "tokenizer_config.json", "model.safetensors")
PACKED = "model.zip"


@dataclass(frozen=True, eq=False)
class Embedder:
    """A tokenizer and an encoder; see `load`."""

    tokenizer: Any
    encoder: Any

    def embed(self, texts: Sequence[str], *, batch: int = 64) -> np.ndarray:
        """One vector of length 1 a text, float32 (texts, width): the mean over the tokens that
        the attention mask marks (Reimers and Gurevych, 2019).
        """
        import torch

        parts = [np.zeros((0, self.encoder.config.hidden_size), dtype=np.float32)]
        for low in range(0, len(texts), batch):
            given = self.tokenizer(
                list(texts[low : low + batch]), padding=True, truncation=True, return_tensors="pt"
            )
            with torch.inference_mode():
                states = self.encoder(**given).last_hidden_state
            mask = given["attention_mask"].unsqueeze(-1).float()
            mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
            parts.append(torch.nn.functional.normalize(mean, dim=-1).numpy())
        return np.concatenate(parts)


def load(source: str | Path, cache: Path) -> Embedder:
    """The model in a folder, or in an installed package that holds a folder or a `model.zip`.

    A zip is unpacked once, into `cache`.  Raises `ModelError` naming what is missing: the
    `transformers` package, the folder or package, or a file of the model.
    """
    if find_spec("transformers") is None:
        raise ModelError(
            "the package transformers is not installed",
            where="language.load",
            fix="pip install 'stevo[language]'",
        )
    folder = _folder(source, cache)
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            f"the language model lacks {', '.join(missing)}",
            where=str(folder),
            fix="save tokenizer and model there with save_pretrained",
        )
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers import AutoModel, AutoTokenizer

    return Embedder(
        AutoTokenizer.from_pretrained(folder, local_files_only=True),
        AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).eval(),
    )


def _folder(source: str | Path, cache: Path) -> Path:
    """Where the files of the model are, after unpacking."""
    if Path(source).is_dir():
        return Path(source)
    name = str(source)
    spec = find_spec(name) if name.isidentifier() else None
    if spec is None or spec.origin is None:
        raise ModelError(
            f"{name!r} is neither a folder nor an installed package",
            where="language.load",
            fix="give a folder, or pip install --no-deps the package that ships the model",
        )
    home = Path(spec.origin).parent
    return _unpacked(home / PACKED, cache / name) if (home / PACKED).is_file() else home


def _unpacked(path: Path, folder: Path) -> Path:
    """The content of a zip in a folder of its own; whole or not there at all."""
    if folder.is_dir():
        return folder
    made = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    with zipfile.ZipFile(path) as packed:
        packed.extractall(made)
    made.rename(folder)
    return folder
