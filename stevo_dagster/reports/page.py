"""The report of a release: one HTML file a language that opens from disk and fetches nothing.

Here belongs the assembly of the page. Figures come from ``figures``, sentences from ``wording``,
controls from ``controls``, elements from ``markup``. A content policy with the hashes of the page's
own scripts forbids every request and every script that is not ours, whatever the data hold.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

from stevo_dagster.reports import (
    charts,
    controls,
    markup,
    script,
    stylesheet,
    tables,
    wording,
)
from stevo_dagster.reports.figure import (
    FORECASTS,
    MODEL,
    RELATIONS,
    WHEN,
    WHERE,
    Figure,
    row_id,
)
from stevo_dagster.reports.figures import figures
from stevo_dagster.reports.figures_activity import week_hours
from stevo_dagster.reports.inputs import ReportInputs
from stevo_dagster.reports.language import CHINESE, ENGLISH, Say
from stevo_dagster.reports.theme import chart_config

FILES = {ENGLISH: "report.html", CHINESE: "report.zh.html"}
LANGUAGE_NAMES = {ENGLISH: "English", CHINESE: "中文"}


def titles(say: Say) -> dict[str, str]:
    """The sections, in order, and their titles."""
    return {
        "summary": say("In short"),
        WHEN: say("When"),
        WHERE: say("Where"),
        RELATIONS: say("What goes with what"),
        FORECASTS: say("What comes next"),
        MODEL: say("How good the predictions are"),
        "quality": say("Data quality"),
    }


def render(inputs: ReportInputs) -> str:
    """The whole page as HTML text, the same for the same inputs.

    Nothing in it is drawn for a group of fewer than ``inputs.k`` distinct people.
    """
    say = inputs.say
    drawn = figures(inputs)
    bodies = {
        "summary": _summary(inputs),
        WHEN: _figures(drawn, WHEN, say) or _too_few(inputs),
        WHERE: _figures(drawn, WHERE, say) or _no_map(inputs),
        RELATIONS: _relations(inputs, drawn),
        FORECASTS: _figures(drawn, FORECASTS, say) or _no_forecast(say),
        MODEL: _model(inputs, drawn),
        "quality": tables.quality(inputs),
    }
    sections = [_section(name, bodies[name], title) for name, title in titles(say).items()]
    specs = {f"chart-{figure.id}": charts.specification(figure.chart) for figure in drawn}
    themes = {"light": chart_config(), "dark": chart_config(dark=True)}
    skip = markup.text(say("Skip to the summary"))
    return (
        f'<!doctype html>\n<html lang="{say.language}">\n'
        f"{_head(inputs)}\n<body>\n"
        f'<a class="skip" href="#summary">{skip}</a>\n{_header(inputs)}\n'
        f"{_navigation(say)}\n<main>\n" + "\n".join(sections) + f"\n</main>\n{_footer(inputs)}\n"
        f"{markup.json_block('chart-specs', specs)}\n{markup.json_block('chart-themes', themes)}\n"
        f"<script>{script.bundle()}</script>\n<script>{script.DRAW}</script>\n</body>\n</html>\n"
    )


def _title(inputs: ReportInputs) -> str:
    """What the page is called."""
    return inputs.title or inputs.say("Behaviour report")


def _head(inputs: ReportInputs) -> str:
    """Title, policy and style."""
    title = inputs.say("{title}, data as of {time}", title=_title(inputs), time=_time(inputs.as_of))
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
        f"<title>{markup.text(title)}</title>\n"
        f"<style>{stylesheet.CSS}</style>\n</head>"
    )


def _hash(source: str) -> str:
    """The policy's name of one inline script."""
    digest = hashlib.sha256(source.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _header(inputs: ReportInputs) -> str:
    """Title, how new the data are, whose predictions these are, and the page's other languages."""
    say = inputs.say
    facts = {
        say("Data as of"): _time(inputs.as_of),
        say("Model source"): inputs.model_source,
        say("Model version"): inputs.model_version,
    }
    if inputs.simulated:
        facts[say("City")] = say("simulated, nobody in it is real")
    rows = "".join(
        f"<div><dt>{markup.text(name)}</dt><dd>{markup.text(value)}</dd></div>"
        for name, value in facts.items()
        if value
    )
    others = "".join(
        f'<a href="{FILES[code]}" hreflang="{code}" lang="{code}">{name}</a>'
        for code, name in LANGUAGE_NAMES.items()
        if code != say.language
    )
    return (
        f'<header>\n<p class="languages">{others}</p>\n<h1>{markup.text(_title(inputs))}</h1>\n'
        f'<dl class="facts">{rows}</dl>\n</header>'
    )


def _time(at: datetime) -> str:
    """A time in UTC; one without zone is taken for UTC."""
    utc = at.astimezone(UTC) if at.tzinfo else at
    return f"{utc:%Y-%m-%d %H:%M} UTC"


def _navigation(say: Say) -> str:
    """Links to the sections."""
    named = {
        **titles(say),
        RELATIONS: say("Relations"),
        FORECASTS: say("Next"),
        MODEL: say("Model"),
    }
    links = "".join(
        f'<li><a href="#{name}">{markup.text(title)}</a></li>' for name, title in named.items()
    )
    return f'<nav aria-label="{markup.text(say("Sections"))}"><ul>{links}</ul></nav>'


def _section(name: str, body: str, title: str) -> str:
    """A titled section."""
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">\n'
        f'<h2 id="{name}-title">{markup.text(title)}</h2>\n{body}\n</section>'
    )


def _figures(drawn: list[Figure], section: str, say: Say) -> str:
    """The figures of a section, with a switch where they take turns; or nothing."""
    chosen = [figure for figure in drawn if figure.section == section]
    if not chosen:
        return ""
    switch = controls.layers(section, chosen, say)
    return (
        switch + '<div class="figures">\n' + "".join(_figure(one, say) for one in chosen) + "</div>"
    )


def _figure(figure: Figure, say: Say) -> str:
    """One chart with its words, its controls and, on demand, its table."""
    css = ' class="narrow"' if figure.narrow else ""
    ids = [row_id(figure.id, place) for place in range(len(figure.table))]
    table = markup.table(figure.table, figure.title, ids, back=f"#title-{figure.id}")
    return (
        f'<figure{css} id="figure-{figure.id}" aria-labelledby="title-{figure.id}">\n'
        f'<figcaption><h3 id="title-{figure.id}">{markup.text(figure.title)}</h3>'
        f"{markup.paragraph(figure.lead)}</figcaption>\n{controls.controls(figure)}"
        f'<div class="chart" id="chart-{figure.id}" role="img" '
        f'aria-label="{markup.text(figure.description)}"></div>\n'
        f"<details><summary>{markup.text(say('Show as a table'))}</summary>"
        f"{table}</details>\n</figure>\n"
    )


def _summary(inputs: ReportInputs) -> str:
    """Key numbers and the strongest findings in plain words."""
    say = inputs.say
    sentences = [
        wording.busiest(week_hours(inputs), say),
        wording.model_sentence(inputs.evaluation, inputs.model_source, say),
        wording.ledger_sentence(inputs.ledger, say),
    ]
    found = wording.findings(inputs.correlations, inputs.seasonality, inputs.hot_spots, say)
    if found:
        heading = f"<h3>{markup.text(say('Strongest supported findings'))}</h3>"
        told = heading + markup.bullets(found, "findings")
    else:
        told = markup.paragraph(say("No finding is supported by the data (all q ≥ 0.05)."))
    note = "" if inputs.has_places else _no_map(inputs)
    lead = " ".join(sentence for sentence in sentences if sentence)
    return tables.tiles(inputs) + markup.paragraph(lead, "lead") + note + told


def _relations(inputs: ReportInputs, drawn: list[Figure]) -> str:
    """Correlation figures and the table of what is supported."""
    words = inputs.say(
        "Counts are compared after the usual week is taken out of each series. Chance levels come "
        "from turning one series round its axis, which keeps its own rhythm; q-values are "
        "Benjamini–Hochberg over all pairs and lags. A correlation is not a cause."
    )
    shown = _figures(drawn, RELATIONS, inputs.say)
    return markup.paragraph(words) + shown + tables.relations(inputs)


def _model(inputs: ReportInputs, drawn: list[Figure]) -> str:
    """What is published and why, metrics against baselines, and training."""
    say = inputs.say
    shown = _figures(drawn, MODEL, say)
    published = say("Published: {source}.", source=inputs.model_source)
    words = markup.paragraph(f"{published} {inputs.champion_reason}".strip())
    explained = markup.paragraph(
        say(
            "Every model answers the same held-out events, later in time than all it was fitted "
            "on. Whiskers are 95% intervals over people."
        )
        if shown
        else say("No evaluation came with this release.")
    )
    looked_at = tables.importance(inputs) + tables.faithfulness(inputs)
    heading = f"<h3>{markup.text(say('What the model looks at'))}</h3>" if looked_at else ""
    return words + explained + shown + tables.segments(inputs) + heading + looked_at


def _too_few(inputs: ReportInputs) -> str:
    """Why there is no activity chart."""
    text = inputs.say("Not shown: no group has the {k} different people it takes.", k=inputs.k)
    return markup.paragraph(text, "note")


def _no_map(inputs: ReportInputs) -> str:
    """Why there is no map."""
    if inputs.has_places:
        return _too_few(inputs)
    text = inputs.say("The data have no coordinates, so the parts about places are left out.")
    return markup.paragraph(text, "note")


def _no_forecast(say: Say) -> str:
    """Why there is no forecast."""
    text = say("Not shown: a forecast takes five weeks of a kind of event with at least two a day.")
    return markup.paragraph(text, "note")


def _footer(inputs: ReportInputs) -> str:
    """Privacy and how the page is made."""
    say = inputs.say
    privacy = say(
        "Privacy: only groups of at least {k} different people are shown; smaller ones are pooled "
        "or left out. The page is made from the release's shared tables, holds no person's data "
        "and makes no network request.",
        k=inputs.k,
    )
    made = say("Made by stevo. The same numbers are tables in the release.")
    return f"<footer>{markup.paragraph(privacy)}{markup.paragraph(made)}</footer>"
