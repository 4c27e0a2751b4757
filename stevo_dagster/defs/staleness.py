"""Which Python-made tables `stevo run` would make again.

Belongs here: comparing each with its inputs, its code and the default configuration of its op. Does
not belong here: the comparison itself (`derived.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stevo_dagster import derived
from stevo_dagster.defs.features.assets import FeatureConfig
from stevo_dagster.defs.models.assets import (
    EvaluationSettings,
    ExplanationSettings,
    ListSettings,
    PeerSettings,
    TrainSettings,
)
from stevo_dagster.settings import Settings


def default_values(settings: Settings) -> Mapping[str, Mapping[str, Any]]:
    """The settings that each op records as an input when it is run without configuration."""
    training = TrainSettings().model_dump()
    anonymity = {"k": settings.k_anonymity}
    explanations = {**ExplanationSettings().model_dump(), **anonymity}
    return {
        "user_features": FeatureConfig().model_dump(),
        "trained_model": training,
        "training_curves": training,
        "trained_peers": PeerSettings().model_dump(),
        "evaluation": {**EvaluationSettings().model_dump(), **anonymity},
        "feature_importance": explanations,
        "citation_faithfulness": explanations,
        "recommendations": ListSettings().model_dump(),
        "activity_days": anonymity,
        "activity_hours": anonymity,
        "activity_cells": anonymity,
        "correlations": anonymity,
        "hot_spots": anonymity,
        "flows": anonymity,
        "clusters": anonymity,
        "evolution": anonymity,
        "seasonality": anonymity,
        "changes": anonymity,
        "forecasts": anonymity,
        "report": anonymity,
    }


def stale_tables(settings: Settings) -> list[str]:
    """Names of the tables that are missing, or made by other code or from other inputs."""
    values = default_values(settings)
    return [
        name
        for name in derived.DERIVED
        if derived.current(settings.lake, name, values.get(name)) is None
    ]
