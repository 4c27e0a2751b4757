"""The prediction tables that a release publishes, by the champion.

Belongs here: reading, calling `models_ml`, adding who answered. Does not belong here: scoring.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import dagster as dg

from stevo_dagster.defs.labels import Group, Owner
from stevo_dagster.defs.making import frame, make, spec
from stevo_dagster.defs.models.assets import ListSettings
from stevo_dagster.defs.outcome import materialised
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.settings import Settings

K_PLACES = 10
K_RECOMMENDATIONS = 10
Predict = Callable[[Any, Any], Any]


def _next_places(scorer: Any, corpus: Any) -> Any:
    from models_ml.publish import predict

    return predict.next_places(scorer, corpus, K_PLACES)


def _next_events(scorer: Any, corpus: Any) -> Any:
    from models_ml.publish import predict

    return predict.next_event_types(scorer, corpus)


def _recommendations(scorer: Any, corpus: Any, lists: Mapping[str, Any] | None = None) -> Any:
    """Lists under the policy of `lists` (values of `Protocol`), re-ranked as val has it best."""
    from models_ml.evaluation.protocol import Protocol
    from models_ml.evaluation.recommending import weights_on_val
    from models_ml.publish import recommend

    rules = Protocol(**(lists or {}))
    weights = weights_on_val(scorer, corpus, rules)
    return recommend.recommend(
        scorer, corpus, K_RECOMMENDATIONS, policy=rules.policy, weights=weights
    )


def _explanations(scorer: Any, corpus: Any) -> Any:
    from models_ml.publish import predict

    return predict.explanations(scorer, corpus)


def predicted(settings: Settings, name: str, predict: Predict, labelled: bool) -> Any:
    """One prediction table; with `labelled`, who answered is added to each row."""
    from models_ml.data.corpus import encode
    from stevo_dagster.defs.models.judging import champion_scorer

    scorer, row = champion_scorer(settings)
    table = predict(scorer, encode(frame(settings, "sequences")))
    if labelled:
        table["model_version"] = row["model_version"]
        table["model_source"] = row["model_source"]
    return table


def _asset(
    name: str, description: str, predict: Predict, labelled: bool = True
) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"predict_{name}", specs=[spec(name, Group.predictions, Owner.science, description)]
    )
    def predict_table(
        context: dg.AssetExecutionContext, home: HomeResource
    ) -> dg.MaterializeResult:
        settings = home.settings()
        made = make(
            context,
            settings,
            [name],
            lambda: {name: predicted(settings, name, predict, labelled)},
        )
        return materialised(made[name])

    return predict_table


@dg.multi_asset(
    name="predict_recommendations",
    specs=[
        spec(
            "recommendations",
            Group.predictions,
            Owner.science,
            f"{K_RECOMMENDATIONS} places worth showing to each user, known and new, with reasons.",
        )
    ],
)
def predict_recommendations(
    context: dg.AssetExecutionContext, home: HomeResource, config: ListSettings
) -> dg.MaterializeResult:
    """Lists of the champion under the policy that is set."""
    settings = home.settings()
    name, values = "recommendations", config.model_dump()

    def compute() -> dict[str, Any]:
        return {
            name: predicted(settings, name, partial(_recommendations, lists=values), labelled=True)
        }

    return materialised(make(context, settings, [name], compute, values=values)[name])


ASSETS = [
    _asset(
        "next_place_predictions",
        f"The {K_PLACES} likeliest next places of every user, with probabilities.",
        _next_places,
    ),
    _asset(
        "next_event_predictions",
        "The probability of every event type for each user's next event.",
        _next_events,
    ),
    predict_recommendations,
    _asset(
        "explanations",
        "The earlier events that each predicted place rests on.",
        _explanations,
        labelled=False,
    ),
]
