"""Numbers and findings in plain words.

Here belongs every sentence that the report builds from data. Layout does not, nor does another
language (``chinese``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from stevo_dagster.reports.correlations import leads, strongest
from stevo_dagster.reports.language import Say

# how many findings of a kind the summary may hold, most telling kinds first
SUMMARY_KINDS = (("lagged", 2), ("calendar", 2), ("space_time", 1), ("pearson", 2))
# Of the summary's findings, how many may be cycles and changes of places.
MAX_CYCLES, MAX_CHANGES = 1, 1
MAX_FINDINGS = 5
TASKS = ("next_place", "next_place_at_time", "next_event_type")
SUPPORTED = 0.05


def weekday_name(number: int, say: Say) -> str:
    """A weekday in full; 1 is Monday."""
    names = (
        say("Monday"), say("Tuesday"), say("Wednesday"), say("Thursday"), say("Friday"),
        say("Saturday"), say("Sunday"),
    )  # fmt: skip
    return names[number - 1]


def weekdays(say: Say) -> list[str]:
    """The short names of weekdays, Monday first."""
    return [
        say("Mon"), say("Tue"), say("Wed"), say("Thu"), say("Fri"), say("Sat"), say("Sun"),
    ]  # fmt: skip


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


def subject(name: str, say: Say) -> str:
    """A subject of ``correlations`` or ``seasonality`` as words."""
    kind, _, value = str(name).partition(":")
    if kind == "local_hour":
        return f"{int(value):02d}:00" if value else say("hour of the day")
    if kind == "cell":
        return say("cell {cell}", cell=value)
    if kind == "category":
        return say("category {name}", name=say.name(value))
    if value == "distance_km":
        return say("distance from the centre")
    if value == "cell_activity":
        return say("how busy the cell is")
    return say.name(value)


def describe(row: Mapping[Any, Any], say: Say) -> str:
    """One row of ``correlations`` as a sentence with its uncertainty."""
    days = row["kind"] in ("calendar", "space_time")
    numbers = {
        "r": f"{row['statistic']:+.2f}",
        "q": p_text(row["q_value"]),
        "n": f"{int(row['n']):,}",
    }
    support = (
        say("correlation {r}, q {q}, n = {n} days", **numbers)
        if days
        else say("correlation {r}, q {q}, n = {n} hours", **numbers)
    )
    return say("{claim} ({support}).", claim=_capital(_claim(row, say)), support=support)


def _claim(row: Mapping[Any, Any], say: Say) -> str:
    """What one row of ``correlations`` claims."""
    a, b = _in_sentence(row["subject_a"], say), _in_sentence(row["subject_b"], say)
    if row["kind"] == "lagged":
        return _lag_claim(row, a, b, say)
    if row["kind"] == "calendar":
        return _calendar_claim(row, a, say)
    if row["kind"] == "space_time":
        return _place_claim(row, a, b, say)
    if row["statistic"] > 0:
        return say("{a} and {b} rise and fall together, beyond the usual week", a=a, b=b)
    return say("{a} and {b} rise and fall in opposite directions, beyond the usual week", a=a, b=b)


def _lag_claim(row: Mapping[Any, Any], a: str, b: str, say: Say) -> str:
    """What goes before what, and by how long."""
    lag = int(row["lag_hours"])
    first, second = (a, b) if lag > 0 else (b, a)
    hours = say("1 hour") if abs(lag) == 1 else say("{n} hours", n=abs(lag))
    if row["statistic"] > 0:
        return say("{second} rise {hours} after {first} rise", first=first, second=second,
                   hours=hours)  # fmt: skip
    return say("{second} fall {hours} after {first} rise", first=first, second=second, hours=hours)


def _calendar_claim(row: Mapping[Any, Any], a: str, say: Say) -> str:
    """How weekends or holidays differ."""
    effect = float(row["effect"])
    words = {"a": a, "size": f"{abs(effect):.0%}"}
    if str(row["subject_b"]).endswith("weekend"):
        if effect > 0:
            return say("{a} are {size} higher at weekends", **words)
        return say("{a} are {size} lower at weekends", **words)
    if effect > 0:
        return say("{a} are {size} higher on holidays", **words)
    return say("{a} are {size} lower on holidays", **words)


def _place_claim(row: Mapping[Any, Any], a: str, b: str, say: Say) -> str:
    """How places differ by the hour."""
    effect = float(row["effect"])
    if not str(row["subject_a"]).partition(":")[2]:
        return say("{b} changes with the hour of the day", b=b)
    if row["subject_b"] == "space:distance_km":
        words = {"a": a, "km": f"{abs(effect):.2f}"}
        if effect > 0:
            return say("at {a} people are {km} km farther out than on the rest of the day", **words)
        return say("at {a} people are {km} km closer in than on the rest of the day", **words)
    if effect > 0:
        return say("at {a} people are in busier cells than on the rest of the day", a=a)
    return say("at {a} people are in quieter cells than on the rest of the day", a=a)


def describe_cycle(row: Mapping[Any, Any], say: Say) -> str:
    """One row of ``seasonality`` as a sentence with its uncertainty."""
    words = {
        "a": _in_sentence(row["subject"], say),
        "share": f"{row['statistic']:.0%}",
        "q": p_text(row["q_value"]),
        "n": f"{int(row['n']):,}",
    }
    if row["period_hours"] == 24:
        hour = f"{int(row['peak']):02d}:00"
        text = say(
            "{a} repeat from day to day, busiest at {peak} ({share} of the variation within days "
            "repeats, q {q}, n = {n} days).", peak=hour, **words,
        )  # fmt: skip
    else:
        text = say(
            "{a} repeat from week to week, busiest on {peak} ({share} of the variation within "
            "weeks repeats, q {q}, n = {n} weeks).",
            peak=weekday_name(int(row["peak"]), say), **words,
        )  # fmt: skip
    return _capital(text)


def describe_place(row: Mapping[Any, Any], say: Say) -> str:
    """One supported row of ``hot_spots`` as a sentence with its uncertainty."""
    words = {
        "cell": row["cell"],
        "a": say.events_of(row["event_type"]),
        "tau": f"{row['trend']:+.2f}",
        "q": p_text(row["q_value"]),
        "n": f"{int(row['n_bins']):,}",
    }
    if row["trend"] > 0:
        text = say("{a} around cell {cell} become more, against the rest of the city "
                   "(Kendall's tau {tau}, q {q}, n = {n} periods).", **words)  # fmt: skip
    else:
        text = say("{a} around cell {cell} become fewer, against the rest of the city "
                   "(Kendall's tau {tau}, q {q}, n = {n} periods).", **words)  # fmt: skip
    return _capital(text)


def _in_sentence(name: str, say: Say) -> str:
    """A subject within a sentence: event types as plurals."""
    kind, _, value = str(name).partition(":")
    return say.events_of(value) if kind == "event_type" else subject(name, say)


def _capital(words: str) -> str:
    """The words with a capital first letter, the rest as it is."""
    return words[:1].upper() + words[1:]


def findings(
    relations: pd.DataFrame, cycles: pd.DataFrame, places: pd.DataFrame, say: Say
) -> list[str]:
    """The strongest supported findings as sentences: relations, changes of places, cycles.

    Args:
        relations: ``correlations``.
        cycles: ``seasonality``.
        places: ``hot_spots``.
        say: the language.
    """
    changed = places[places["q_value"] < SUPPORTED]
    changed = changed.sort_values(["q_value", "cell", "event_type"]).head(MAX_CHANGES)
    repeating = cycles[(cycles["q_value"] < SUPPORTED) & ~_is_cell(cycles)]
    repeating = repeating.sort_values("statistic", ascending=False, kind="stable").head(MAX_CYCLES)
    rest = [describe_place(row, say) for row in changed.to_dict("records")]
    rest += [describe_cycle(row, say) for row in repeating.to_dict("records")]
    related = _related(relations, say)
    return [*related[: MAX_FINDINGS - len(rest)], *rest]


def _is_cell(cycles: pd.DataFrame) -> pd.Series:
    """Whether a subject of ``seasonality`` is a cell."""
    return cycles["subject"].astype(str).str.startswith("cell:")


def _related(table: pd.DataFrame, say: Say) -> list[str]:
    """The strongest supported correlations, a few of each kind, as sentences."""
    claims = strongest(table)
    claims = claims[(claims["kind"] != "lagged") & (claims["subject_a"] != "local_hour")]
    claims = pd.concat([leads(table), claims])
    return [
        describe(row, say)
        for kind, most in SUMMARY_KINDS
        for row in claims[claims["kind"] == kind].head(most).to_dict("records")
    ]


def busiest(week_hours: pd.DataFrame, say: Say) -> str:
    """A sentence on the busiest hour of the week; empty when nothing may be shown."""
    if not len(week_hours):
        return ""
    top = week_hours.nlargest(1, "events").iloc[0]
    first, width = int(top["hour"]), int(top["width"])
    return say(
        "The week is busiest on {day} from {first}:00 to {last}:00 local time.",
        day=weekday_name(int(top["weekday"]), say),
        first=f"{first:02d}",
        last=f"{(first + width) % 24:02d}",
    )


def published_model(model_source: str) -> str:
    """The model's name in a model_source such as ``baseline:markov``."""
    return model_source.rpartition(":")[2]


def model_sentence(
    evaluation: pd.DataFrame, model_source: str, say: Say, metric: str = "acc@1"
) -> str:
    """How the published model does against the best other one; empty without an evaluation."""
    rows = evaluation[(evaluation["metric"] == metric) & (evaluation["segment"] == "all")]
    rows = rows[rows["task"].str.startswith("next_place")]
    name = published_model(model_source)
    own, others = rows[rows["model"] == name], rows[rows["model"] != name]
    if not len(own):
        return ""
    words = {"model": say.name(name), "value": f"{own.iloc[0]['value']:.1%}"}
    if not len(others):
        return say("The published model, {model}, names the next place at the first try in {value} "
                   "of cases.", **words)  # fmt: skip
    best = others.nlargest(1, "value").iloc[0]
    return say(
        "The published model, {model}, names the next place at the first try in {value} of cases; "
        "the best of the others, {other}, in {best}.",
        other=say.name(best["model"]), best=f"{best['value']:.1%}", **words,
    )  # fmt: skip


def ledger_sentence(ledger: pd.DataFrame, say: Say) -> str:
    """Where the input lines went; empty without a ledger."""
    if not len(ledger):
        return ""
    lines = int(ledger["lines"].sum())
    kept = int(ledger["accepted"].sum() + ledger["late_accepted"].sum())
    return say(
        "Of {lines} input lines {kept} ({share}) were accepted; {duplicate} were duplicates and "
        "{quarantined} are in quarantine, kept byte for byte.",
        lines=f"{lines:,}",
        kept=f"{kept:,}",
        share=share(kept, lines),
        duplicate=f"{int(ledger['duplicate'].sum()):,}",
        quarantined=f"{int(ledger['quarantined'].sum()):,}",
    )
