"""Numbers and correlations in plain words.

Here belongs every sentence that the report builds from data. Layout does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from stevo_dagster.reports.correlations import leads, strongest

WEEKDAY_NAMES = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
# how many findings of a kind the summary may hold, most telling kinds first
SUMMARY_KINDS = (("lagged", 2), ("calendar", 2), ("space_time", 1), ("pearson", 2))
MAX_FINDINGS = 5
METRIC_NAMES = {
    "acc@1": "First answer right (Acc@1)",
    "acc@10": "Right among ten (Acc@10)",
    "mrr": "Mean reciprocal rank",
    "ndcg@10": "NDCG@10",
    "f1@10": "F1@10",
}
EVENT_PLURALS = {
    "click": "clicks",
    "browse": "page views",
    "search": "searches",
    "cart": "cart additions",
    "purchase": "purchases",
    "review": "reviews",
    "favourite": "favourites",
    "check_in": "check-ins",
}
TASK_NAMES = {
    "next_place": "next place",
    "next_place_at_time": "next place, given the time",
    "next_event_type": "next kind of event",
}

MODEL_NAMES = {
    "st_transformer": "ST-Transformer",
    "ranker": "gradient-boosted ranker",
    "ensemble": "ensemble of ST-Transformer and ranker",
    "user_knn": "user KNN",
    "item_knn": "item KNN",
    "lstm": "LSTM",
    "gru": "GRU",
    "st_lstm": "ST-LSTM",
    "sasrec": "SASRec",
    "bert4rec": "BERT4Rec",
}

FEATURE_NAMES = {
    "wide": "counts of places and transitions",
    "pair": "what a question and an earlier event share",
    "counts": "counts of visits and transitions",
    "kernels": "how lately, and at which hours, they were there",
    "place": "who else goes there, and when",
    "category": "the place's category",
    "space": "distance",
    "nearby": "places close by",
    "question": "the hour, and how the person lives",
}
CONTROL_NAMES = {"random": "random events", "matched": "events of about the same age"}


def plain(name: str) -> str:
    """A snake_case name as words."""
    return str(name).replace("_", " ")


def model_name(name: str) -> str:
    """A model's name as people write it."""
    return MODEL_NAMES.get(name, plain(name))


def feature_name(name: str) -> str:
    """A group of features as words."""
    return FEATURE_NAMES.get(name, plain(name))


def events_of(event_type: str) -> str:
    """Events of one type, as a plural."""
    return EVENT_PLURALS.get(event_type, f"{plain(event_type)} events")


def compact(number: float) -> str:
    """A count with thousands separators, or in millions with one decimal."""
    if not math.isfinite(number):
        return "–"
    return f"{number / 1e6:,.1f} M" if abs(number) >= 1e6 else f"{number:,.0f}"


def decimals(number: float, places: int = 3) -> str:
    """A measure with fixed decimals; a dash when there is none."""
    return f"{number:.{places}f}" if number is not None and math.isfinite(number) else "–"


def share(part: float, whole: float) -> str:
    """``part`` of ``whole`` in per cent."""
    return f"{part / whole:.1%}" if whole else "–"


def p_text(value: float) -> str:
    """A p or q value, small ones as a bound."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def interval(row: pd.Series) -> str:
    """A value with its interval, as 0.123 (0.110–0.136)."""
    if not (math.isfinite(row["ci_low"]) and math.isfinite(row["ci_high"])):
        return decimals(row["value"])
    return f"{row['value']:.3f} ({row['ci_low']:.3f}–{row['ci_high']:.3f})"


def subject(name: str) -> str:
    """A subject of ``correlations`` as words."""
    kind, _, value = str(name).partition(":")
    if kind == "local_hour":
        return f"{int(value):02d}:00" if value else "hour of the day"
    names = {"distance_km": "distance from the centre", "cell_activity": "how busy the cell is"}
    return f"cell {value}" if kind == "cell" else names.get(value, plain(value))


def hours_text(hours: int) -> str:
    """A number of hours with its unit."""
    return f"{hours} hour" if hours == 1 else f"{hours} hours"


def describe(row: Mapping[Any, Any]) -> str:
    """One row of ``correlations`` as a sentence with its uncertainty."""
    a, b = _in_sentence(row["subject_a"]), _in_sentence(row["subject_b"])
    lag, effect = int(row["lag_hours"]), float(row["effect"])
    if row["kind"] == "lagged":
        first, second = (a, b) if lag > 0 else (b, a)
        way = "rise" if row["statistic"] > 0 else "fall"
        claim = f"{_capital(second)} {way} {hours_text(abs(lag))} after {first} rise"
    elif row["kind"] == "calendar":
        when = "at weekends" if b == "weekend" else "on holidays"
        claim = f"{_capital(a)} are {abs(effect):.0%} {_direction(effect)} {when}"
    elif row["kind"] == "space_time" and not str(row["subject_a"]).partition(":")[2]:
        claim = f"{_capital(b)} changes with the hour of the day"
    elif row["subject_b"] == "space:distance_km":
        way = "farther out" if effect > 0 else "closer in"
        claim = f"At {a} people are {abs(effect):.2f} km {way} than on the rest of the day"
    elif row["kind"] == "space_time":
        way = "busier" if effect > 0 else "quieter"
        claim = f"At {a} people are in {way} cells than on the rest of the day"
    else:
        way = "together" if row["statistic"] > 0 else "in opposite directions"
        claim = f"{_capital(a)} and {b} rise and fall {way}, beyond the usual week"
    unit = "days" if row["kind"] in ("calendar", "space_time") else "hours"
    return (
        f"{claim} (correlation {row['statistic']:+.2f}, q {p_text(row['q_value'])}, "
        f"n = {int(row['n']):,} {unit})."
    )


def _in_sentence(name: str) -> str:
    """A subject within a sentence: event types as plurals."""
    kind, _, value = str(name).partition(":")
    return events_of(value) if kind == "event_type" else subject(name)


def _capital(words: str) -> str:
    """The words with a capital first letter, the rest as it is."""
    return words[:1].upper() + words[1:]


def _direction(effect: float) -> str:
    """Higher or lower."""
    return "higher" if effect > 0 else "lower"


def findings(table: pd.DataFrame) -> list[str]:
    """The strongest supported correlations, a few of each kind, as sentences."""
    claims = strongest(table)
    claims = claims[(claims["kind"] != "lagged") & (claims["subject_a"] != "local_hour")]
    claims = pd.concat([leads(table), claims])
    chosen = [
        describe(row)
        for kind, most in SUMMARY_KINDS
        for row in claims[claims["kind"] == kind].head(most).to_dict("records")
    ]
    return chosen[:MAX_FINDINGS]


def busiest(week_hours: pd.DataFrame) -> str:
    """A sentence on the busiest hour of the week; empty when nothing may be shown."""
    if not len(week_hours):
        return ""
    top = week_hours.nlargest(1, "events").iloc[0]
    day = WEEKDAY_NAMES[int(top["weekday"]) - 1]
    first, width = int(top["hour"]), int(top["width"])
    return (
        f"The week is busiest on {day} from {first:02d}:00 to "
        f"{(first + width) % 24:02d}:00 local time."
    )


def published_model(model_source: str) -> str:
    """The model's name in a model_source such as ``baseline:markov``."""
    return model_source.rpartition(":")[2]


def model_sentence(evaluation: pd.DataFrame, model_source: str, metric: str = "acc@1") -> str:
    """How the published model does against the best other one; empty without an evaluation."""
    rows = evaluation[(evaluation["metric"] == metric) & (evaluation["segment"] == "all")]
    rows = rows[rows["task"].str.startswith("next_place")]
    name = published_model(model_source)
    own, others = rows[rows["model"] == name], rows[rows["model"] != name]
    if not len(own):
        return ""
    text = (
        f"The published model, {model_name(name)}, names the next place at the first try in "
        f"{own.iloc[0]['value']:.1%} of cases"
    )
    if not len(others):
        return f"{text}."
    best = others.nlargest(1, "value").iloc[0]
    return f"{text}; the best of the others, {model_name(best['model'])}, in {best['value']:.1%}."


def ledger_sentence(ledger: pd.DataFrame) -> str:
    """Where the input lines went; empty without a ledger."""
    if not len(ledger):
        return ""
    lines = int(ledger["lines"].sum())
    kept = int(ledger["accepted"].sum() + ledger["late_accepted"].sum())
    return (
        f"Of {lines:,} input lines {kept:,} ({share(kept, lines)}) were accepted; "
        f"{int(ledger['duplicate'].sum()):,} were duplicates and "
        f"{int(ledger['quarantined'].sum()):,} are in quarantine, kept byte for byte."
    )
