"""Names of columns, tables, splits, tasks and models: the one place where they are spelled.

Here belong names alone, no logic.  Published columns are a contract of the design (`published
tables`).
"""

from __future__ import annotations

SEQUENCE_COLUMNS: tuple[str, ...] = (
    "user_id",
    "position",
    "event_id",
    "event_at",
    "utc_offset_minutes",
    "local_hour",
    "weekday",
    "is_weekend",
    "is_holiday",
    "item_id",
    "category",
    "event_type",
    "latitude",
    "longitude",
    "h3_r9",
    "gap_seconds",
    "distance_m",
    "split",
)
# In a table only where its events have them.
TEXT_COLUMNS: tuple[str, ...] = ("item_name", "query", "review")
FEATURE_COLUMNS: tuple[str, ...] = (
    "f_gap",
    "f_distance",
    "f_hour_sin",
    "f_hour_cos",
    "f_week_sin",
    "f_week_cos",
    "f_weekend",
    "f_holiday",
)
SPLITS: tuple[str, ...] = ("train", "val", "test")

TASK_PLACE = "next_place"
TASK_PLACE_AT_TIME = "next_place_at_time"
PLACE_TASKS: tuple[str, ...] = (TASK_PLACE, TASK_PLACE_AT_TIME)
TASK_EVENT = "next_event_type"
TASK_CATEGORY = "next_category"
TASK_CELL = "next_cell"
TASK_TIME = "time_to_next"
TASK_RECOMMENDATION = "recommendation"
# Behind the name of a model in that task: its lists re-ranked for variety and novelty.
RERANKED = "+mmr"

SEGMENTS: tuple[str, ...] = ("all", "return", "discovery")

MODEL = "st_transformer"
MARGINAL = "st_transformer_marginal"
RANKER = "ranker"
ENSEMBLE = "ensemble"
USER_KNN, ITEM_KNN = "user_knn", "item_knn"
LSTM, GRU, ST_LSTM = "lstm", "gru", "st_lstm"
SASREC, BERT4REC = "sasrec", "bert4rec"
PEERS: tuple[str, ...] = (USER_KNN, ITEM_KNN, LSTM, GRU, ST_LSTM, SASREC, BERT4REC)
BASELINES: tuple[str, ...] = ("popularity", "recent_popularity", "visit_counter", "markov", "blend")
MODELS: tuple[str, ...] = (ENSEMBLE, MODEL, MARGINAL, RANKER, *PEERS, *BASELINES)
EVENT_BASELINES: tuple[str, ...] = ("popularity", "visit_counter", "markov")

EVALUATION_COLUMNS: tuple[str, ...] = (
    "model",
    "task",
    "split",
    "segment",
    "metric",
    "value",
    "ci_low",
    "ci_high",
    "n",
)
NEXT_PLACE_COLUMNS: tuple[str, ...] = (
    "user_id",
    "rank",
    "item_id",
    "probability",
    "latitude",
    "longitude",
    "predicted_for",
    "as_of",
)
NEXT_EVENT_COLUMNS: tuple[str, ...] = ("user_id", "event_type", "probability", "as_of")
RECOMMENDATION_COLUMNS: tuple[str, ...] = (
    "user_id",
    "rank",
    "item_id",
    "score",
    "reason",
    "is_new_to_user",
    "as_of",
)
EXPLANATION_COLUMNS: tuple[str, ...] = (
    "user_id",
    "item_id",
    "rank",
    "event_id",
    "weight",
    "text",
)
CURVE_COLUMNS: tuple[str, ...] = (
    "epoch",
    "train_loss",
    "val_loss",
    "val_acc1",
    "lr",
    "seconds",
)
