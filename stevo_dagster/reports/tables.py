"""The page's tables: key numbers, supported relations, segments, ledger and cleaning.

Here belong the rows of tables that stand on their own. Tables that repeat a chart belong to
``figures``.
"""

from __future__ import annotations

import pandas as pd

from stevo_dagster.reports import markup, wording
from stevo_dagster.reports.correlations import strongest
from stevo_dagster.reports.figures_model import scored
from stevo_dagster.reports.inputs import ReportInputs

MAX_RELATIONS = 40
OUTCOMES = ("accepted", "late_accepted", "duplicate", "conflict", "quarantined", "suppressed")


def tiles(inputs: ReportInputs) -> str:
    """The key numbers."""
    people = inputs.person_hours["user_id"].nunique()
    numbers = {
        "events": wording.compact(float(inputs.person_hours["events"].sum())),
        "people": wording.compact(people) if people >= inputs.k else f"under {inputs.k}",
        "days with data": wording.compact(len(inputs.calendar)),
    }
    accuracy = _accuracy(inputs)
    if accuracy:
        numbers["first answers right"] = accuracy
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
    claims = strongest(inputs.correlations[inputs.correlations["kind"] != "spearman"])
    asked = len(inputs.correlations)
    if not len(claims):
        return markup.paragraph(f"None of {asked:,} tested relations has q < 0.05.", "note")
    top = claims.head(MAX_RELATIONS)
    frame = pd.DataFrame(
        {
            "First": top["subject_a"].map(wording.subject),
            "Second": top["subject_b"].map(wording.subject),
            "Kind": top["kind"].map(wording.plain),
            "Lag (h)": top["lag_hours"].map(lambda lag: f"{lag:+d}" if lag else "0"),
            "Correlation": top["statistic"].map("{:+.3f}".format),
            "p": top["p_value"].map(wording.p_text),
            "q": top["q_value"].map(wording.p_text),
            "n": top["n"],
            "Effect": top["effect"].map("{:+.3f}".format),
        }
    )
    caption = f"Supported relations (q < 0.05): {len(claims):,} pairs from {asked:,} tests" + (
        f", the strongest {MAX_RELATIONS}" if len(claims) > MAX_RELATIONS else ""
    )
    explained = (
        "Effect: for pairs, more events of the second per more event of the first; for the "
        "calendar, the relative change; for distance, kilometres; for busy cells, the change of "
        "ln(events). The release also has Spearman's correlation for every pair."
    )
    return markup.table(frame, caption) + markup.paragraph(explained, "soft")


def segments(inputs: ReportInputs) -> str:
    """Returns and discoveries apart: the published model and every other, place task."""
    rows = inputs.evaluation
    rows = rows[rows["segment"].isin(["return", "discovery"]) & (rows["metric"] == "acc@10")]
    splits = set(rows["split"])
    rows = rows[rows["split"] == ("test" if "test" in splits else next(iter(sorted(splits)), ""))]
    if not len(rows):
        return ""
    shown = rows.assign(shown=[wording.interval(row) for _, row in rows.iterrows()])
    wide = shown.pivot_table(index="model", columns="segment", values="shown", aggfunc="first")
    wide = wide.reindex(columns=["return", "discovery"]).fillna("–").reset_index()
    wide = wide.sort_values("return", ascending=False)
    wide["model"] = wide["model"].map(wording.model_name)
    names = ["Model", "Places they had been to", "Places new to them"]
    return markup.table(
        wide.set_axis(names, axis=1), "Right among ten (Acc@10), returns and discoveries"
    )


def importance(inputs: ReportInputs) -> str:
    """Which features the trained model needs; nothing when it was not measured."""
    rows = inputs.importance[inputs.importance["users"] >= inputs.k]
    if not len(rows):
        return ""
    rows = rows.sort_values(["model", "mrr_lost"], ascending=[False, False])
    asked = rows.iloc[0]
    table = pd.DataFrame(
        {
            "Model": rows["model"].map(wording.model_name),
            "Features": rows["feature"].map(wording.feature_name),
            "MRR as it is": rows["mrr"].map(wording.decimals),
            "MRR lost when shuffled": _intervals(rows, "mrr_lost"),
        }
    )
    words = (
        "What the mean reciprocal rank (MRR) loses when the values of a group of features are "
        f"moved between questions: {wording.compact(asked['n'])} questions of the validation split "
        f"by {wording.compact(asked['users'])} people. Where other features say the "
        "same, little is lost."
    )
    return markup.paragraph(words) + markup.table(table, "Which features matter")


def faithfulness(inputs: ReportInputs) -> str:
    """Whether the events cited for an answer bear it; nothing when it was not measured."""
    rows = inputs.faithfulness[inputs.faithfulness["users"] >= inputs.k]
    if not len(rows):
        return ""
    table = pd.DataFrame(
        {
            "Compared with": rows["control"].map(wording.CONTROL_NAMES),
            "Fall without cited": rows["cited"].map(wording.decimals),
            "Fall without the others": rows["other"].map(wording.decimals),
            "Difference (95% interval)": _intervals(rows, "gain"),
            "p": rows["p_value"].map(wording.p_text),
            "People": rows["users"],
        }
    )
    words = (
        "How far the logarithm of the predicted place's share falls when the three earlier events "
        "that are cited most are taken out of the past, and when as many others are. A difference "
        "above zero says that what is cited bears the answer."
    )
    return markup.paragraph(words) + markup.table(table, "Do the cited events bear the answer?")


def _intervals(rows: pd.DataFrame, column: str) -> list[str]:
    """The values of a column with their intervals."""
    return [wording.interval(row) for _, row in rows.rename(columns={column: "value"}).iterrows()]


def quality(inputs: ReportInputs) -> str:
    """Where every input line went, and what cleaning removed."""
    return _ledger(inputs.ledger) + _cleaning(inputs.cleaning)


def _ledger(ledger: pd.DataFrame) -> str:
    """The ingest ledger by source, with a total."""
    if not len(ledger):
        return markup.paragraph("No file has been ingested.", "note")
    by_source = ledger.groupby("source")[["lines", *OUTCOMES]].sum()
    by_source.insert(0, "files", ledger.groupby("source").size())
    by_source.loc["all sources"] = by_source.sum()
    table = by_source.reset_index()
    table["source"] = table["source"].map(str)
    table.columns = [wording.plain(column).capitalize() for column in table.columns]
    balanced = bool((ledger["lines"] == ledger[list(OUTCOMES)].sum(axis=1)).all())
    words = (
        "Every input line is in exactly one column; the sums agree."
        if balanced
        else "The columns do not add up to the lines: lines are unaccounted for."
    )
    return markup.paragraph(words) + markup.table(table, "Where every input line went")


def _cleaning(cleaning: pd.DataFrame) -> str:
    """What cleaning removed, by reason."""
    removed = cleaning[cleaning["removed"] > 0]
    if not len(removed):
        return ""
    table = pd.DataFrame(
        {"Reason": removed["reason"].map(wording.plain), "Events removed": removed["removed"]}
    )
    return markup.table(table, "Removed by cleaning")
