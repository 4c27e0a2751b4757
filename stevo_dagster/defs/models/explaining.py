"""What the trained model looks at: which features matter, and whether cited events bear scores.

Belongs here: the layout of the tables `feature_importance` and `citation_faithfulness`, on a sample
of val small enough for a demo. Does not belong here: the measures (`models_ml.explanation`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stevo_dagster.defs.making import frame, one_row
from stevo_dagster.defs.models.training import load_model
from stevo_dagster.settings import Settings

SPLIT = "val"
# With fewer events behind a question nearly all of them are cited, and none are left to compare.
EARLIER = 8
IMPORTANCE_TYPES = {
    "model": "str",
    "feature": "str",
    "mrr": "float64",
    "mrr_lost": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "users": "int64",
    "n": "int64",
}
FAITHFULNESS_TYPES = {
    "model": "str",
    "control": "str",
    "cited": "float64",
    "other": "float64",
    "gain": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "p_value": "float64",
    "users": "int64",
}


def explanation_tables(settings: Settings, config: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables for the model trained last, by values of `ExplanationSettings`.

    They are shared, so they are empty where fewer people than the settings' k could be asked about,
    as they are without a model.
    """
    import pandas as pd

    version = one_row(settings, "trained_model")["model_version"]
    tables = {
        "feature_importance": (pd.DataFrame(), IMPORTANCE_TYPES),
        "citation_faithfulness": (pd.DataFrame(), FAITHFULNESS_TYPES),
    }
    if version is not None:
        from models_ml.data.corpus import encode

        model, corpus = load_model(settings, version), encode(frame(settings, "sequences"))
        tables = {
            "feature_importance": (importance(model, corpus, config), IMPORTANCE_TYPES),
            "citation_faithfulness": (faithfulness(model, corpus, config), FAITHFULNESS_TYPES),
        }
    return {
        name: _of_enough(rows, types, settings.k_anonymity)
        for name, (rows, types) in tables.items()
    }


def importance(model: Any, corpus: Any, config: Mapping[str, Any]) -> Any:
    """What shuffling each kind of the network's features and each group of the ranker's costs."""
    import pandas as pd

    from models_ml.deep_ensemble import DeepEnsemble
    from models_ml.explanation.importance import of_network, of_ranker

    asked = {name: config[name] for name in ("questions", "draws", "seed")}
    network, ranker = model.parts
    if isinstance(network, DeepEnsemble):
        # Its members are alike but for the seed: the first one tells what each of them looks at.
        network = network.members[0]
    parts = of_network(network, corpus, each=False, **asked), of_ranker(ranker, corpus, **asked)
    return pd.concat(parts, ignore_index=True)


def faithfulness(model: Any, corpus: Any, config: Mapping[str, Any]) -> Any:
    """How much further the score of the predicted place falls without the events that are cited
    than without as many others; empty where nobody has a past to take events from.
    """
    import pandas as pd

    from models_ml.errors import ModelError
    from models_ml.explanation.faithfulness import falls, one_a_user, summary

    try:
        asked = one_a_user(corpus, SPLIT, config["users"], earlier=EARLIER, seed=config["seed"])
    except ModelError:
        return pd.DataFrame()
    found = falls(model, corpus, asked, draws=config["draws"], seed=config["seed"])
    return summary(found).assign(model=model.name) if len(found) else pd.DataFrame()


def _of_enough(rows: Any, types: Mapping[str, str], k: int) -> Any:
    """The rows in their layout, those about fewer than k people left out."""
    whole = rows.reindex(columns=list(types))
    return whole[whole["users"] >= k].reset_index(drop=True).astype(types)
