"""A file of settings, as a search prints them and `stevo benchmark --settings` takes them.

Belongs here: reading it, with errors that name the file, and the line or field.  Does not belong
here: the search itself (`random_search.py`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from models_ml.config import TrainConfig
from models_ml.errors import ModelError
from models_ml.registry import configured


def read_settings(path: Path, name: str) -> dict[str, Any]:
    """The settings of a JSON file for a model, such as `Found.settings`.

    Raises `ModelError` with the file, and line or field, for what is no such thing.
    """
    configured(name, TrainConfig(), {})
    try:
        found = json.loads(path.read_text())
    except OSError as error:
        raise ModelError(
            f"the settings cannot be read: {error.strerror}", where=str(path)
        ) from error
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise ModelError(
            f"the settings are no JSON: {error}",
            where=f"{path}, line {line}",
            fix='an object as {"lr": 0.001}',
        ) from error
    if not isinstance(found, dict):
        raise ModelError(
            "the settings are no JSON object", where=str(path), fix='an object as {"lr": 0.001}'
        )
    try:
        configured(name, TrainConfig(), found)
    except ModelError as error:
        raise ModelError(error.problem, where=f"{path}, for {name}", fix=error.fix) from error
    return found
