"""The Streamlit page of `stevo explore`: choose, and see the report's own figures of that choice.

Belongs here: widgets and layout. Does not belong here: what may be shown (`released.py`), narrowing
(`choice.py`) or figures (`reports/figures.py`). Streamlit runs this file; nothing imports it.
"""

from __future__ import annotations

import os
from datetime import date

import streamlit as st

from stevo_dagster.explore.choice import Choice, event_types, narrow, regions, segments
from stevo_dagster.explore.released import chosen_release, released_inputs
from stevo_dagster.reports import charts, wording
from stevo_dagster.reports.figure import Control, Figure
from stevo_dagster.reports.figures import figures
from stevo_dagster.reports.inputs import ReportInputs
from stevo_dagster.reports.language import LANGUAGES, Say
from stevo_dagster.reports.page import LANGUAGE_NAMES, titles
from stevo_dagster.reports.theme import chart_config
from stevo_dagster.settings import load_settings

RELEASE = "STEVO_EXPLORE_RELEASE"


@st.cache_data(show_spinner=False)
def _inputs(release: str, language: str) -> ReportInputs:
    """A release never changes, so it is read once."""
    settings = load_settings()
    return released_inputs(settings, chosen_release(settings, release), language)


def main() -> None:
    """The page."""
    say = Say()
    st.set_page_config(page_title=say("Behaviour report"), layout="wide")
    with st.sidebar:
        language = st.radio(
            say("Language"), LANGUAGES, format_func=LANGUAGE_NAMES.__getitem__, horizontal=True
        )
    release = chosen_release(load_settings(), os.environ.get(RELEASE))
    inputs = _inputs(release.id, language)
    say = inputs.say
    st.title(say("Behaviour report"))
    st.caption(say("Release {id}: only groups of at least {k} different people are shown.",
                   id=release.id, k=inputs.k))  # fmt: skip
    narrowed = narrow(inputs, _choice(inputs))
    shown = figures(narrowed)
    if not shown:
        st.info(say("Nothing of this may be shown: choose more days, kinds of event or places."))
    for section, title in titles(say).items():
        chosen = [figure for figure in shown if figure.section == section]
        if chosen:
            st.header(title)
        for figure in chosen:
            _show(figure, say)


def _choice(inputs: ReportInputs) -> Choice:
    """What the reader chooses in the sidebar."""
    say = inputs.say
    days = inputs.activity_days["day"]
    with st.sidebar:
        first, last = (
            _dates(days.min().date(), days.max().date(), say) if len(days) else (None,) * 2
        )
        kinds = st.multiselect(
            say("Kind of event"), event_types(inputs), format_func=say.name,
            placeholder=say("all kinds"),
        )  # fmt: skip
        counted = regions(inputs)
        region = st.selectbox(
            say("Region"), [None, *counted],
            format_func=lambda cell: say("all places") if cell is None else say(
                "cell {cell}: {n} events", cell=cell, n=wording.compact(counted[cell])
            ),
        )  # fmt: skip
        segment = st.selectbox(
            say("Segment of the model's questions"), [None, *segments(inputs)],
            format_func=lambda name: say("all questions") if name is None else say.name(name),
        )  # fmt: skip
    return Choice(first, last, tuple(kinds) or None, region, segment)


def _dates(first: date, last: date, say: Say) -> tuple[date, date]:
    """Two days within the history; the whole of it until both are chosen."""
    found = st.date_input(say("Days"), (first, last), min_value=first, max_value=last)
    return (found[0], found[1]) if isinstance(found, tuple) and len(found) == 2 else (first, last)


def _show(figure: Figure, say: Say) -> None:
    """One figure with its controls and its table."""
    st.subheader(figure.title, anchor=figure.id)
    if figure.lead:
        st.write(figure.lead)
    spec = charts.specification(figure.chart)
    for control in figure.controls:
        chosen = _control(figure, control)
        spec["params"] = [
            {**one, "value": chosen} if one["name"] == control.parameter else one
            for one in spec["params"]
        ]
    dark = st.context.theme.type == "dark"
    spec["config"] = chart_config(dark=dark)
    st.vega_lite_chart(spec, theme=None, width="stretch")
    with st.expander(say("Show as a table")):
        st.dataframe(figure.table, hide_index=True)


def _control(figure: Figure, control: Control) -> str:
    """The value that the reader chooses for a parameter of the chart."""
    labels = dict(control.choices)
    told = labels.__getitem__
    name = f"{figure.id}-{control.parameter}"
    if control.kind == "range" and len(labels) > 1:
        return str(st.select_slider(control.label, list(labels), format_func=told, key=name))
    return str(st.selectbox(control.label, list(labels), format_func=told, key=name))


main()
