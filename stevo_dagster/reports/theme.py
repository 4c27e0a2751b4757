"""Colours and type of the charts, in light and dark.

Here belongs the Vega-Lite configuration. Charts name roles (ramp, ordinal, category, ``emphasis``,
``quiet``), never colours, so that one specification serves both themes.
"""

from __future__ import annotations

from typing import Any

FONT = (
    "ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'Noto Sans', Arial, 'Noto Sans CJK SC', "
    "sans-serif"
)
# vl-convert draws with the fonts of the machine; Liberation and DejaVu are on most
PNG_FONT = "'Noto Sans', 'Liberation Sans', 'DejaVu Sans', Arial, sans-serif"

LIGHT_RAMP = ["#e4f1ee", "#b3dbd3", "#79bdb9", "#3c979d", "#13697a", "#0a3d54"]
DARK_RAMP = ["#12313a", "#14505b", "#1b747e", "#3a9b9a", "#7fc6b4", "#e2f6d8"]
# distinct for the usual kinds of colour blindness (after Okabe and Ito)
LIGHT_CATEGORY = [
    "#0b7285", "#d9480f", "#7048a8", "#b58900",
    "#2b8a3e", "#c2255c", "#3b5bdb", "#6b5b4b",
]  # fmt: skip
DARK_CATEGORY = [
    "#5cc8d7", "#ff9b57", "#b79cf2", "#f0cb4c",
    "#7ddb8f", "#f783ac", "#91a7ff", "#cbb9a4",
]  # fmt: skip
LIGHT_DIVERGING = ["#b4480f", "#e39a6a", "#f6ded0", "#f4f4f0", "#c6e2e3", "#59a5ae", "#0b6375"]
DARK_DIVERGING = ["#ffa063", "#b5673a", "#56352a", "#242b30", "#1f4149", "#3b8a94", "#7fdbe6"]


def chart_config(dark: bool = False, font: str = FONT) -> dict[str, Any]:
    """The Vega-Lite ``config`` of one theme."""
    ink, soft = ("#e8ecee", "#a9b4b9") if dark else ("#1d262b", "#566269")
    line = "#39444a" if dark else "#d9dedd"
    accent, quiet = ("#5cc8d7", "#56646b") if dark else ("#0b7285", "#b9c4c6")
    ramp = DARK_RAMP if dark else LIGHT_RAMP
    return {
        "background": "transparent",
        "font": font,
        "padding": 4,
        "aria": False,
        "view": {"stroke": None},
        "axis": {
            "labelColor": soft, "titleColor": soft, "tickColor": line, "domainColor": line,
            "gridColor": line, "gridOpacity": 0.6, "labelFontSize": 12, "titleFontSize": 12,
            "titleFontWeight": 500, "labelPadding": 6, "titlePadding": 10,
        },
        "legend": {
            "labelColor": soft, "titleColor": soft, "labelFontSize": 12, "titleFontSize": 12,
            "titleFontWeight": 500, "symbolStrokeWidth": 0, "symbolSize": 140,
        },
        "line": {"strokeWidth": 2.25, "strokeCap": "round", "strokeJoin": "round"},
        "rule": {"stroke": soft},
        "range": {
            "heatmap": ramp,
            "ramp": ramp,
            "ordinal": ramp,
            "category": DARK_CATEGORY if dark else LIGHT_CATEGORY,
            "diverging": DARK_DIVERGING if dark else LIGHT_DIVERGING,
        },
        "style": {
            "emphasis": {"color": accent},
            "quiet": {"color": quiet},
            "emphasis-line": {"stroke": accent, "strokeWidth": 2.25},
            "fan": {"color": accent, "opacity": 0.25},
            "truth": {"stroke": ink, "strokeWidth": 1.5},
            "truth-point": {"color": ink, "opacity": 1},
            "sketch": {"color": line, "fillOpacity": 0.35, "stroke": line, "strokeWidth": 0.6},
            "flow": {"color": accent, "strokeCap": "round", "opacity": 0.65},
            "interval": {"color": ink, "strokeWidth": 1.5},
            "label": {"color": ink, "fontSize": 12},
            "label-on-strong": {"color": "#11181c" if dark else "#ffffff", "fontSize": 12},
            "soft-label": {"color": soft, "fontSize": 12},
            "baseline": {"color": soft, "strokeWidth": 1},
            "mark-outline": {"color": ink, "stroke": ink, "strokeWidth": 2, "fillOpacity": 0},
            "ground": {"stroke": "#11181c" if dark else "#ffffff", "strokeWidth": 0.6},
        },
    }  # fmt: skip
