"""The report of a release: one HTML file that opens from disk and fetches nothing.

Here belongs the assembly of the page. Figures come from ``figures``, sentences from ``wording``,
elements from ``markup``. A content policy with the hashes of the page's own scripts forbids every
request and every script that is not ours, whatever the data hold.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

from stevo_dagster.reports import charts, markup, script, stylesheet, tables, wording
from stevo_dagster.reports.figure import MODEL, RELATIONS, WHEN, WHERE, Figure
from stevo_dagster.reports.figures import figures
from stevo_dagster.reports.figures_activity import week_hours
from stevo_dagster.reports.inputs import ReportInputs
from stevo_dagster.reports.theme import chart_config

TITLES = {
    "summary": "In short",
    WHEN: "When",
    WHERE: "Where",
    RELATIONS: "What goes with what",
    MODEL: "How good the predictions are",
    "quality": "Data quality",
}
NAVIGATION = {**TITLES, RELATIONS: "Relations", MODEL: "Model"}


def render(inputs: ReportInputs) -> str:
    """The whole page as HTML text, the same for the same inputs.

    Nothing in it is drawn for a group of fewer than ``inputs.k`` distinct people.
    """
    drawn = figures(inputs)
    sections = [
        _section("summary", _summary(inputs)),
        _section(WHEN, _figures(drawn, WHEN) or _too_few(inputs)),
        _section(WHERE, _figures(drawn, WHERE) or _no_map(inputs)),
        _section(RELATIONS, _relations(inputs, drawn)),
        _section(MODEL, _model(inputs, drawn)),
        _section("quality", tables.quality(inputs)),
    ]
    specs = {f"chart-{figure.id}": charts.specification(figure.chart) for figure in drawn}
    themes = {"light": chart_config(), "dark": chart_config(dark=True)}
    return (
        '<!doctype html>\n<html lang="en">\n'
        f"{_head(inputs)}\n<body>\n"
        f'<a class="skip" href="#summary">Skip to the summary</a>\n{_header(inputs)}\n'
        f"{_navigation()}\n<main>\n" + "\n".join(sections) + f"\n</main>\n{_footer(inputs)}\n"
        f"{markup.json_block('chart-specs', specs)}\n{markup.json_block('chart-themes', themes)}\n"
        f"<script>{script.bundle()}</script>\n<script>{script.DRAW}</script>\n</body>\n</html>\n"
    )


def _head(inputs: ReportInputs) -> str:
    """Title, policy and style."""
    hashes = " ".join(_hash(source) for source in (script.bundle(), script.DRAW))
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return (
        f'<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{markup.text(inputs.title)}, data as of {_time(inputs.as_of)}</title>\n"
        f"<style>{stylesheet.CSS}</style>\n</head>"
    )


def _hash(source: str) -> str:
    """The policy's name of one inline script."""
    digest = hashlib.sha256(source.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _header(inputs: ReportInputs) -> str:
    """Title, how new the data are, and whose predictions these are."""
    facts = {
        "Data as of": _time(inputs.as_of),
        "Model source": inputs.model_source,
        "Model version": inputs.model_version,
    }
    if inputs.simulated:
        facts["City"] = "simulated, nobody in it is real"
    rows = "".join(
        f"<div><dt>{markup.text(name)}</dt><dd>{markup.text(value)}</dd></div>"
        for name, value in facts.items()
        if value
    )
    return (
        f'<header>\n<h1>{markup.text(inputs.title)}</h1>\n<dl class="facts">{rows}</dl>\n</header>'
    )


def _time(at: datetime) -> str:
    """A time in UTC; one without zone is taken for UTC."""
    utc = at.astimezone(UTC) if at.tzinfo else at
    return f"{utc:%Y-%m-%d %H:%M} UTC"


def _navigation() -> str:
    """Links to the sections."""
    links = "".join(
        f'<li><a href="#{name}">{markup.text(title)}</a></li>' for name, title in NAVIGATION.items()
    )
    return f'<nav aria-label="Sections"><ul>{links}</ul></nav>'


def _section(name: str, body: str) -> str:
    """A titled section."""
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">\n'
        f'<h2 id="{name}-title">{markup.text(TITLES[name])}</h2>\n{body}\n</section>'
    )


def _figures(drawn: list[Figure], section: str) -> str:
    """The figures of a section, or nothing."""
    chosen = [_figure(figure) for figure in drawn if figure.section == section]
    return f'<div class="figures">\n{"".join(chosen)}</div>' if chosen else ""


def _figure(figure: Figure) -> str:
    """One chart with its words and, on demand, its table."""
    css = ' class="narrow"' if figure.narrow else ""
    return (
        f'<figure{css} aria-labelledby="title-{figure.id}">\n'
        f'<figcaption><h3 id="title-{figure.id}">{markup.text(figure.title)}</h3>'
        f"{markup.paragraph(figure.lead)}</figcaption>\n"
        f'<div class="chart" id="chart-{figure.id}" role="img" '
        f'aria-label="{markup.text(figure.description)}"></div>\n'
        f"<details><summary>Show as a table</summary>"
        f"{markup.table(figure.table, figure.title)}</details>\n</figure>\n"
    )


def _summary(inputs: ReportInputs) -> str:
    """Key numbers and the strongest findings in plain words."""
    sentences = [
        wording.busiest(week_hours(inputs)),
        wording.model_sentence(inputs.evaluation, inputs.model_source),
        wording.ledger_sentence(inputs.ledger),
    ]
    found = wording.findings(inputs.correlations)
    if found:
        heading = "<h3>Strongest supported relations</h3>"
        relations = heading + markup.bullets(found, "findings")
    else:
        relations = markup.paragraph("No relation is supported by the data (all q ≥ 0.05).")
    notes = "".join(markup.paragraph(note, "note") for note in inputs.notes)
    return (
        tables.tiles(inputs)
        + markup.paragraph(" ".join(sentence for sentence in sentences if sentence), "lead")
        + notes
        + relations
    )


def _relations(inputs: ReportInputs, drawn: list[Figure]) -> str:
    """Correlation figures and the table of what is supported."""
    words = markup.paragraph(
        "Counts are compared after the usual week is taken out of each series. Chance levels come "
        "from turning one series round its axis, which keeps its own rhythm; q-values are "
        "Benjamini–Hochberg over all pairs and lags. A correlation is not a cause."
    )
    return words + _figures(drawn, RELATIONS) + tables.relations(inputs)


def _model(inputs: ReportInputs, drawn: list[Figure]) -> str:
    """What is published and why, metrics against baselines, and training."""
    shown = _figures(drawn, MODEL)
    words = markup.paragraph(f"Published: {inputs.model_source}. {inputs.champion_reason}".strip())
    explained = markup.paragraph(
        "Every model answers the same held-out events, later in time than all it was fitted on. "
        "Whiskers are 95% intervals over people."
        if shown
        else "No evaluation came with this release."
    )
    looked_at = tables.importance(inputs) + tables.faithfulness(inputs)
    heading = "<h3>What the model looks at</h3>" if looked_at else ""
    return words + explained + shown + tables.segments(inputs) + heading + looked_at


def _too_few(inputs: ReportInputs) -> str:
    """Why there is no activity chart."""
    return markup.paragraph(
        f"Not shown: no group has the {inputs.k} different people it takes.", "note"
    )


def _no_map(inputs: ReportInputs) -> str:
    """Why there is no map."""
    if len(inputs.visits):
        return _too_few(inputs)
    return markup.paragraph("The data have no coordinates, so there is no map.", "note")


def _footer(inputs: ReportInputs) -> str:
    """Privacy and how the page is made."""
    return (
        "<footer>"
        + markup.paragraph(
            f"Privacy: only groups of at least {inputs.k} different people are shown; smaller ones "
            "are pooled or left out. The page holds no person's data and makes no network request."
        )
        + markup.paragraph("Made by stevo. The same numbers are tables in the release.")
        + "</footer>"
    )
