"""The contract of every published table of patterns, by its name.

Belongs here: the one list. Does not belong here: the columns (``contracts.py`` of each package).
"""

from __future__ import annotations

from models_ml.patterns.spatial.contracts import CLUSTERS, FLOWS, HOT_SPOTS
from models_ml.patterns.temporal.contracts import CHANGES, EVOLUTION, FORECASTS, SEASONALITY

CONTRACTS = {
    "hot_spots": HOT_SPOTS,
    "flows": FLOWS,
    "clusters": CLUSTERS,
    "evolution": EVOLUTION,
    "seasonality": SEASONALITY,
    "changes": CHANGES,
    "forecasts": FORECASTS,
}
