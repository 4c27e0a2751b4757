"""The page's tables: key numbers, supported relations, segments, ledger and cleaning.

Here belong the rows of tables that stand on their own. Tables that repeat a chart belong to
``figures``.
"""

from __future__ import annotations

import pandas as pd

from stevo_dagster.reports import markup, wording
from stevo_dagster.reports.activity import ALL, ANY_WEEKDAY
from stevo_dagster.reports.correlations import strongest
from stevo_dagster.reports.figures_model import scored
from stevo_dagster.reports.inputs import ReportInputs
from stevo_dagster.reports.language import Say

MAX_RELATIONS = 40
OUTCOMES = ("accepted", "late_accepted", "duplicate", "conflict", "quarantined", "suppressed")


def tiles(inputs: ReportInputs) -> str:
    """The key numbers."""
    hours, say = inputs.activity_hours, inputs.say
    whole = hours[(hours["event_type"] == ALL) & (hours["weekday"] == ANY_WEEKDAY)]
    too_few = say("under {n}", n=inputs.k)
    numbers = {
        say("events"): wording.compact(float(whole["events"].iloc[0])) if len(whole) else "–",
        say("people"): wording.compact(float(whole["users"].iloc[0])) if len(whole) else too_few,
        say("days with data"): wording.compact(inputs.activity_days["day"].nunique()),
    }
    accuracy = _accuracy(inputs)
    if accuracy:
        numbers[say("first answers right")] = accuracy
    cells = "".join(
        f'<div class="tile"><b>{markup.text(value)}</b><span>{markup.text(name)}</span></div>'
        for name, value in numbers.items()
    )
    return f'<div class="tiles">{cells}</div>'


def _accuracy(inputs: ReportInputs) -> str:
    """Acc@1 of the published model, next place; empty when not measured."""
    rows = scored(inputs.evaluation)
    name = wording.published_model(inputs.model_source)
    own = rows[(rows["model"] == name) & (rows["metric"] == "acc@1")]
    own = own[own["task"].str.startswith("next_place")]
    return f"{own.iloc[0]['value']:.1%}" if len(own) else ""


def relations(inputs: ReportInputs) -> str:
    """The strongest supported correlations as sentences with their numbers."""
    say = inputs.say
    claims = strongest(inputs.correlations[inputs.correlations["kind"] != "spearman"])
    asked = len(inputs.correlations)
    if not len(claims):
        return markup.paragraph(
            say("None of {n} tested relations has q < 0.05.", n=f"{asked:,}"), "note"
        )
    top = claims.head(MAX_RELATIONS)
    frame = pd.DataFrame(
        {
            say("First"): [wording.subject(one, say) for one in top["subject_a"]],
            say("Second"): [wording.subject(one, say) for one in top["subject_b"]],
            say("Kind"): top["kind"].map(say.name),
            say("Lag (h)"): top["lag_hours"].map(lambda lag: f"{lag:+d}" if lag else "0"),
            say("Correlation"): top["statistic"].map("{:+.3f}".format),
            "p": top["p_value"].map(wording.p_text),
            "q": top["q_value"].map(wording.p_text),
            "n": top["n"],
            say("Effect"): top["effect"].map("{:+.3f}".format),
        }
    )
    words = {"pairs": f"{len(claims):,}", "tests": f"{asked:,}"}
    caption = (
        say("Supported relations (q < 0.05): {pairs} pairs from {tests} tests, the strongest {n}",
            n=MAX_RELATIONS, **words)
        if len(claims) > MAX_RELATIONS
        else say("Supported relations (q < 0.05): {pairs} pairs from {tests} tests", **words)
    )  # fmt: skip
    explained = say(
        "Effect: for pairs, more events of the second per more event of the first; for the "
        "calendar, the relative change; for distance, kilometres; for busy cells, the change of "
        "ln(events). The release also has Spearman's correlation for every pair."
    )
    return markup.table(frame, caption) + markup.paragraph(explained, "soft")


def segments(inputs: ReportInputs) -> str:
    """Returns and discoveries apart: the published model and every other, place task."""
    rows, say = inputs.evaluation, inputs.say
    rows = rows[rows["segment"].isin(["return", "discovery"]) & (rows["metric"] == "acc@10")]
    splits = set(rows["split"])
    rows = rows[rows["split"] == ("test" if "test" in splits else next(iter(sorted(splits)), ""))]
    if not len(rows):
        return ""
    shown = rows.assign(shown=[wording.interval(row) for _, row in rows.iterrows()])
    wide = shown.pivot_table(index="model", columns="segment", values="shown", aggfunc="first")
    wide = wide.reindex(columns=["return", "discovery"]).fillna("–").reset_index()
    wide = wide.sort_values("return", ascending=False)
    wide["model"] = wide["model"].map(say.name)
    names = [say("Model"), say("Places they had been to"), say("Places new to them")]
    return markup.table(
        wide.set_axis(names, axis=1), say("Right among ten (Acc@10), returns and discoveries")
    )


def importance(inputs: ReportInputs) -> str:
    """Which features the trained model needs; nothing when it was not measured."""
    say = inputs.say
    rows = inputs.importance[inputs.importance["users"] >= inputs.k]
    if not len(rows):
        return ""
    rows = rows.sort_values(["model", "mrr_lost"], ascending=[False, False])
    asked = rows.iloc[0]
    table = pd.DataFrame(
        {
            say("Model"): rows["model"].map(say.name),
            say("Features"): rows["feature"].map(say.name),
            say("MRR as it is"): rows["mrr"].map(wording.decimals),
            say("MRR lost when shuffled"): _intervals(rows, "mrr_lost"),
        }
    )
    words = say(
        "What the mean reciprocal rank (MRR) loses when the values of a group of features are "
        "moved between questions: {n} questions of the validation split by {people} people. Where "
        "other features say the same, little is lost.",
        n=wording.compact(asked["n"]),
        people=wording.compact(asked["users"]),
    )
    return markup.paragraph(words) + markup.table(table, say("Which features matter"))


def faithfulness(inputs: ReportInputs) -> str:
    """Whether the events cited for an answer bear it; nothing when it was not measured."""
    say = inputs.say
    rows = inputs.faithfulness[inputs.faithfulness["users"] >= inputs.k]
    if not len(rows):
        return ""
    table = pd.DataFrame(
        {
            say("Compared with"): rows["control"].map(say.name),
            say("Fall without cited"): rows["cited"].map(wording.decimals),
            say("Fall without the others"): rows["other"].map(wording.decimals),
            say("Difference (95% interval)"): _intervals(rows, "gain"),
            "p": rows["p_value"].map(wording.p_text),
            say("People"): rows["users"],
        }
    )
    words = say(
        "How far the logarithm of the predicted place's share falls when the three earlier events "
        "that are cited most are taken out of the past, and when as many others are. A difference "
        "above zero says that what is cited bears the answer."
    )
    return markup.paragraph(words) + markup.table(
        table, say("Do the cited events bear the answer?")
    )


def _intervals(rows: pd.DataFrame, column: str) -> list[str]:
    """The values of a column with their intervals."""
    return [wording.interval(row) for _, row in rows.rename(columns={column: "value"}).iterrows()]


def quality(inputs: ReportInputs) -> str:
    """Where every input line went, and what cleaning removed."""
    return _ledger(inputs.ledger, inputs.say) + _cleaning(inputs.cleaning, inputs.say)


def _ledger(ledger: pd.DataFrame, say: Say) -> str:
    """The ingest ledger by source, with a total."""
    if not len(ledger):
        return markup.paragraph(say("No file has been ingested."), "note")
    by_source = ledger.groupby("source")[["lines", *OUTCOMES]].sum()
    by_source.insert(0, "files", ledger.groupby("source").size())
    by_source.loc[say("all sources")] = by_source.sum()
    table = by_source.reset_index()
    table["source"] = table["source"].map(str)
    table.columns = [say.name(column).capitalize() for column in table.columns]
    balanced = bool((ledger["lines"] == ledger[list(OUTCOMES)].sum(axis=1)).all())
    words = (
        say("Every input line is in exactly one column; the sums agree.")
        if balanced
        else say("The columns do not add up to the lines: lines are unaccounted for.")
    )
    return markup.paragraph(words) + markup.table(table, say("Where every input line went"))


def _cleaning(cleaning: pd.DataFrame, say: Say) -> str:
    """What cleaning removed, by reason."""
    removed = cleaning[cleaning["removed"] > 0]
    if not len(removed):
        return ""
    table = pd.DataFrame(
        {say("Reason"): removed["reason"].map(say.name), say("Events removed"): removed["removed"]}
    )
    return markup.table(table, say("Removed by cleaning"))
