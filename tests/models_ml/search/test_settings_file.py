"""A file of settings is read back, or refused with its field."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from models_ml.columns import RANKER
from models_ml.errors import ModelError
from models_ml.search.settings_file import read_settings
from tests.models_ml.search.conftest import of_trees


@pytest.mark.parametrize(
    ("text", "problem", "where"),
    [
        (None, "the settings cannot be read: No such file", ""),
        ('{"lr": 0.1,\n "leaves" 3}', "the settings are no JSON", ", line 2"),
        ("[1]", "the settings are no JSON object", ""),
        ('{"widow": 1}', "unknown training settings: widow", ", for ranker"),
        ('{"leaves": "many"}', "leaves must be a whole number, got 'many'", ", for ranker"),
        ('{"lr": -1.0}', "lr must be > 0", ", for ranker"),
        ('{"seed": 1}', "seed is no setting", ", for ranker"),
    ],
)
def test_a_bad_file_of_settings_is_named_with_its_field(
    tmp_path: Path, text: str | None, problem: str, where: str
) -> None:
    path = tmp_path / "best.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ModelError, match=problem) as error:
        read_settings(path, RANKER)
    assert error.value.where == f"{path}{where}"


def test_what_was_found_can_be_read_back(small: pd.DataFrame, tmp_path: Path) -> None:
    found = of_trees(small, tmp_path / "trials.jsonl", 2)
    path = tmp_path / "best.json"
    path.write_text(json.dumps(found.settings))
    assert read_settings(path, RANKER) == found.settings
