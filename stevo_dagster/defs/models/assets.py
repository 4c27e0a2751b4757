"""Training, evaluation and the choice of the champion.

Belongs here: reading sequences, calling `models_ml`, publishing the outcome. Does not belong here:
models, metrics and the rule of the champion.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from models_ml.config import RankerConfig, TrainConfig
from models_ml.evaluation.protocol import Protocol
from stevo_dagster.defs.labels import Group, Owner
from stevo_dagster.defs.making import frame, make, one_row, spec
from stevo_dagster.defs.outcome import materialised
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.settings import Settings

BASELINE_FLOOR = "baseline_floor"
LEAK_SENTINEL = "leak_sentinel"


class RankerSettings(dg.Config):
    """What `models_ml.config.RankerConfig` takes beside the settings that both models share; a test
    keeps the two alike. Fewer questions and bolder steps than its defaults keep a demo short.
    """

    questions: int = 4_000
    rounds: int = RankerConfig.rounds
    patience: int = RankerConfig.patience
    lr: float = 0.1
    leaves: int = RankerConfig.leaves
    min_leaf: int = RankerConfig.min_leaf
    feature_share: float = RankerConfig.feature_share
    row_share: float = RankerConfig.row_share
    l2: float = RankerConfig.l2


class TrainSettings(dg.Config):
    """What `models_ml.config.TrainConfig` takes, and the ranker's; a test keeps the two alike.
    `seeds` are how many networks are trained, from `seed` on, and averaged.

    The task is always *next*: what is published is for a time that nobody knows yet.
    """

    seed: int = TrainConfig.seed
    epochs: int = TrainConfig.epochs
    patience: int = TrainConfig.patience
    lr: float = TrainConfig.lr
    warmup: float = TrainConfig.warmup
    weight_decay: float = TrainConfig.weight_decay
    dropout: float = TrainConfig.dropout
    d_model: int = TrainConfig.d_model
    heads: int = TrainConfig.heads
    window: int = TrainConfig.window
    batch_chunks: int = TrainConfig.batch_chunks
    chunk: int = TrainConfig.chunk
    event_loss_weight: float = TrainConfig.event_loss_weight
    category_loss_weight: float = TrainConfig.category_loss_weight
    cell_loss_weight: float = TrainConfig.cell_loss_weight
    time_loss_weight: float = TrainConfig.time_loss_weight
    max_train_events: int = TrainConfig.max_train_events
    max_val_targets: int = TrainConfig.max_val_targets
    threads: int = TrainConfig.threads
    save_steps: int = TrainConfig.save_steps
    accumulate: int = TrainConfig.accumulate
    softmax_sample: int | None = TrainConfig.softmax_sample
    crop_share: float = TrainConfig.crop_share
    mask_share: float = TrainConfig.mask_share
    jitter_share: float = TrainConfig.jitter_share
    jitter_hours: float = TrainConfig.jitter_hours
    device: str = TrainConfig.device
    texts: str = TrainConfig.texts
    text_components: int = TrainConfig.text_components
    seeds: int = 1
    ranker: RankerSettings = RankerSettings()


class PeerSettings(dg.Config):
    """Which other models of the field to train beside ours (`models_ml.columns.PEERS`), with seed
    and threads; what else each is set to is the library's. The networks cost minutes each.
    """

    peers: list[str] = Field(default=[])
    seed: int = TrainConfig.seed
    threads: int = TrainConfig.threads


class ListSettings(dg.Config):
    """What `models_ml.evaluation.protocol.Protocol` takes: under which policy lists are made, and
    on whom they are measured; a test keeps the two alike.
    """

    users: int = Protocol.users
    moments: int = Protocol.moments
    horizon_days: float = Protocol.horizon_days
    policy: str = Protocol.policy
    seed: int = Protocol.seed


class EvaluationSettings(dg.Config):
    """`max_targets` bounds the instances of each next-event task; 0 takes all of the test split.
    `lists` are those of the recommendations.
    """

    max_targets: int = 5000
    lists: ListSettings = ListSettings()


class ExplanationSettings(dg.Config):
    """On how much of val the trained model is explained: features are shuffled on `questions`, and
    cited events removed for one question each of `users` people, `draws` times. Each person costs
    two answers a draw and one more, over the whole data.
    """

    questions: int = 300
    users: int = 15
    draws: int = 1
    seed: int = 0


@dg.multi_asset(
    name="train_model",
    specs=[
        spec(
            "trained_model",
            Group.models,
            Owner.science,
            "The Transformer with the pointer head and the gradient-boosted ranker, mixed as they"
            " do best on val; or why none could be trained. The checkpoint lies below `models/`.",
            kinds={"pytorch", "lightgbm"},
        ),
        spec("training_curves", Group.models, Owner.science, "Loss by epoch of that training."),
    ],
)
def train_model(
    context: dg.AssetExecutionContext,
    home: HomeResource,
    pipes: dg.PipesSubprocessClient,
    config: TrainSettings,
) -> Iterator[Any]:
    """Train on the train split, in a process of its own; the val split stops early."""
    settings = home.settings()
    values = config.model_dump()

    def compute() -> dict[str, Any]:
        from stevo_dagster.defs.models.process import train_apart

        return train_apart(context, pipes, settings, values).tables()

    made = make(context, settings, ["trained_model", "training_curves"], compute, values=values)
    row = one_row(settings, "trained_model")
    yield materialised(
        made["trained_model"],
        {
            "model version": row["model_version"] or "none",
            "outcome": row["reason"],
            "config": dg.MetadataValue.json(values),
        },
    )
    yield materialised(made["training_curves"], _curve_picture(settings))


@dg.multi_asset(
    name="train_peers",
    specs=[
        spec(
            "trained_peers",
            Group.models,
            Owner.science,
            "The other models of the field that were asked for (KNN, LSTM, GRU, ST-LSTM, SASRec,"
            " BERT4Rec): what `evaluation` sets beside ours. None unless asked for.",
            kinds={"pytorch", "scikitlearn"},
        )
    ],
)
def train_peers(
    context: dg.AssetExecutionContext,
    home: HomeResource,
    pipes: dg.PipesSubprocessClient,
    config: PeerSettings,
) -> Iterator[Any]:
    """Train the peers asked for on the train split, in a process of its own.

    Raises:
        StevoError: a name that is no peer's.
    """
    from stevo_dagster.defs.models.peers import asked_for

    settings = home.settings()
    values = {**config.model_dump(), "peers": asked_for(config.peers)}

    def compute() -> dict[str, Any]:
        from stevo_dagster.defs.models.peers import peers_table
        from stevo_dagster.defs.models.process import train_peers_apart

        return {"trained_peers": peers_table(train_peers_apart(context, pipes, settings, values))}

    made = make(context, settings, ["trained_peers"], compute, values=values)
    rows = frame(settings, "trained_peers").itertuples()
    told = {row.name: row.model_version or row.reason for row in rows}
    yield materialised(made["trained_peers"], {"peers": dg.MetadataValue.json(told)})


@dg.multi_asset(
    name="evaluate_models",
    specs=[
        spec(
            "evaluation",
            Group.models,
            Owner.science,
            "Every model on the same instances of the test split, and its recommended lists, with"
            " intervals over users.",
        )
    ],
)
def evaluate_models(
    context: dg.AssetExecutionContext, home: HomeResource, config: EvaluationSettings
) -> Iterator[Any]:
    """The evaluation table."""
    settings = home.settings()
    values = {**config.model_dump(), "k": settings.k_anonymity}

    def compute() -> dict[str, Any]:
        from stevo_dagster.defs.models.judging import evaluation_table

        return {
            "evaluation": evaluation_table(settings, config.max_targets, config.lists.model_dump())
        }

    made = make(context, settings, ["evaluation"], compute, values=values)
    from stevo_dagster.defs.models.judging import accuracy_text

    yield materialised(
        made["evaluation"],
        {"accuracy": dg.MetadataValue.md(accuracy_text(frame(settings, "evaluation")))},
    )


@dg.multi_asset(
    name="explain_model",
    specs=[
        spec(
            "feature_importance",
            Group.models,
            Owner.science,
            "What the trained model's MRR on val loses when a kind or group of features is"
            " shuffled, with intervals over users.",
        ),
        spec(
            "citation_faithfulness",
            Group.models,
            Owner.science,
            "How much further a predicted place's score falls without the events cited for it than"
            " without as many others, over users of val.",
        ),
    ],
)
def explain_model(
    context: dg.AssetExecutionContext, home: HomeResource, config: ExplanationSettings
) -> Iterator[Any]:
    """What the trained model looks at, on a sample of val."""
    settings = home.settings()
    values = {**config.model_dump(), "k": settings.k_anonymity}
    most_first = {"feature_importance": "mrr_lost", "citation_faithfulness": "gain"}

    def compute() -> dict[str, Any]:
        from stevo_dagster.defs.models.explaining import explanation_tables

        return explanation_tables(settings, config.model_dump())

    made = make(context, settings, list(most_first), compute, values=values)
    for name, column in most_first.items():
        rows = frame(settings, name, f"select * from {name} order by {column} desc")
        yield materialised(made[name], _as_table(rows))


@dg.multi_asset(
    name="record_experiment",
    specs=[
        spec(
            "experiments",
            Group.models,
            Owner.science,
            "One row for each training that was evaluated: its settings, code, data, loss curve and"
            " metrics.",
        )
    ],
)
def record_experiment(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
    """The record of experiments, one row longer if this one is new."""
    settings = home.settings()

    def compute() -> dict[str, Any]:
        from stevo_dagster.defs.models.experiments import experiments_table

        return {"experiments": experiments_table(settings)}

    made = make(context, settings, ["experiments"], compute)
    yield materialised(made["experiments"], _history_picture(settings))


@dg.multi_asset(
    name="choose_champion",
    specs=[
        spec(
            "champion",
            Group.models,
            Owner.science,
            "The model that is published: the learned one only if it beats the best baseline.",
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(
            BASELINE_FLOOR,
            asset="champion",
            description="the learned model beats the best baseline; else the baseline is published",
        ),
        dg.AssetCheckSpec(
            LEAK_SENTINEL,
            asset="champion",
            description="the learned model answers the same when the future is scrambled",
        ),
    ],
)
def choose_champion(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
    """Apply the baseline floor and the leak sentinel."""
    settings = home.settings()

    def compute() -> dict[str, Any]:
        from stevo_dagster.defs.models.judging import champion_table

        return {"champion": champion_table(settings)}

    made = make(context, settings, ["champion"], compute)
    row = one_row(settings, "champion")
    metadata = {"source": row["model_source"], "version": row["model_version"]}
    yield materialised(made["champion"], {**metadata, "reason": row["reason"]})
    yield _verdict(BASELINE_FLOOR, row["model_source"].startswith("model:"), row["reason"])
    yield _verdict(LEAK_SENTINEL, row["leak"] is None, row["leak"] or "no leak found")


def _verdict(name: str, passed: bool, reason: str) -> dg.AssetCheckResult:
    # A warning, not a stop: the chain goes on with the baseline, and says so.
    return dg.AssetCheckResult(
        asset_key="champion",
        check_name=name,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"reason": reason},
    )


def _as_table(rows: Any) -> dict[str, Any]:
    """The rows as a table that the UI shows; nothing where there are none."""
    if not len(rows):
        return {}
    records = [dg.TableRecord(row) for row in rows.to_dict("records")]
    kinds = {"f": "float", "i": "int"}
    columns = [
        dg.TableColumn(name, kinds.get(kind.kind, "string")) for name, kind in rows.dtypes.items()
    ]
    return {"rows": dg.MetadataValue.table(records, schema=dg.TableSchema(columns))}


def _curve_picture(settings: Settings) -> dict[str, Any]:
    from stevo_dagster.defs.pictures import embedded
    from stevo_dagster.reports import charts
    from stevo_dagster.reports.language import Say

    curves = frame(settings, "training_curves", "select * from training_curves order by epoch")
    return {"loss": embedded(charts.loss_curve(curves, Say()))} if len(curves) else {}


def _history_picture(settings: Settings) -> dict[str, Any]:
    from stevo_dagster.defs.pictures import embedded
    from stevo_dagster.reports import charts
    from stevo_dagster.reports.language import Say

    known = frame(settings, "experiments", "select * from experiments order by number")
    known = known.dropna(subset=["acc1"])
    return {"accuracy": embedded(charts.experiment_history(known, Say()))} if len(known) else {}


ASSETS = [
    train_model,
    train_peers,
    evaluate_models,
    explain_model,
    record_experiment,
    choose_champion,
]
