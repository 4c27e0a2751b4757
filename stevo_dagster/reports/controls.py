"""What a reader can choose on the page: sliders, lists and the switch of the map's layers.

Here belong their elements, each with a label that is read out. What they do is in ``script``.
"""

from __future__ import annotations

import json

from stevo_dagster.reports import markup
from stevo_dagster.reports.figure import Control, Figure
from stevo_dagster.reports.language import Say


def controls(figure: Figure) -> str:
    """The controls of a chart; nothing where it has none."""
    if not figure.controls:
        return ""
    shown = "".join(_control(figure.id, control) for control in figure.controls)
    return f'<div class="controls">{shown}</div>\n'


def _control(figure: str, control: Control) -> str:
    """One labelled control, bound by its data attributes to a parameter of the figure's chart."""
    name = f"{figure}-{control.parameter}"
    bound = f'data-chart="chart-{figure}" data-parameter="{markup.text(control.parameter)}"'
    label = f'<label for="{name}">{markup.text(control.label)}</label>'
    if control.kind == "range":
        values = json.dumps([value for value, _ in control.choices])
        labels = json.dumps([shown for _, shown in control.choices], ensure_ascii=False)
        first = markup.text(control.choices[0][1])
        return (
            f'{label}<input type="range" id="{name}" min="0" max="{len(control.choices) - 1}" '
            f'value="0" aria-valuetext="{first}" data-values="{markup.text(values)}" '
            f'data-labels="{markup.text(labels)}" {bound}>'
            f'<output for="{name}">{first}</output>'
        )
    options = "".join(
        f'<option value="{markup.text(value)}">{markup.text(shown)}</option>'
        for value, shown in control.choices
    )
    return f'{label}<select id="{name}" {bound}>{options}</select>'


def layers(section: str, figures: list[Figure], say: Say) -> str:
    """The switch between figures that take turns; nothing where fewer than two do."""
    named = [figure for figure in figures if figure.layer]
    if len(named) < 2:
        return ""
    buttons = "".join(
        f'<label><input type="radio" name="layer-{section}" value="figure-{figure.id}"'
        f"{' checked' if place == 0 else ''}> {markup.text(figure.layer)}</label>"
        for place, figure in enumerate(named)
    )
    legend = markup.text(say("Layer of the map"))
    return f'<fieldset class="layers"><legend>{legend}</legend>{buttons}</fieldset>\n'
