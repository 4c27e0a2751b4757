"""Small pieces of HTML, every one escaped.

Here belong elements that do not know what they show. All text from data passes through ``text`` or
``table``; nothing else may put data into the page.
"""

from __future__ import annotations

import html
import json
from typing import Any

import pandas as pd


def text(value: object) -> str:
    """A value as escaped text, safe in an element and in a quoted attribute."""
    return html.escape(str(value), quote=True)


def paragraph(value: str, css: str = "") -> str:
    """A paragraph of plain text; nothing when there is no text."""
    return f"<p{_css(css)}>{text(value)}</p>" if value else ""


def bullets(items: list[str], css: str = "") -> str:
    """A list of plain sentences."""
    return f"<ul{_css(css)}>{''.join(f'<li>{text(item)}</li>' for item in items)}</ul>"


def table(frame: pd.DataFrame, caption: str, ids: list[str] | None = None, back: str = "") -> str:
    """A table with caption and row and column headers; numbers are set to the right.

    Args:
        frame: its rows, the first column heads each.
        caption: says what it is.
        ids: one a row, for links to it.
        back: what the rows' headers link to, where there is something to go back to.
    """
    rows = [[_shown(cell) for cell in row] for row in frame.itertuples(index=False, name=None)]
    css = [_css(_kind([row[place] for row in rows])) for place in range(len(frame.columns))]
    names = zip(frame.columns, css, strict=True)
    head = "".join(f'<th scope="col"{kind}>{text(column)}</th>' for column, kind in names)
    named = ids if ids is not None else [""] * len(rows)
    body = "".join(_row(row, css, name, back) for row, name in zip(rows, named, strict=True))
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{text(caption)}">'
        f"<table><caption>{text(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(cells: list[str], css: list[str], name: str, back: str) -> str:
    """A row of escaped cells whose first is its header."""
    others = zip(cells[1:], css[1:], strict=True)
    identity = f' id="{text(name)}"' if name else ""
    header = f'<a href="{text(back)}">{cells[0]}</a>' if back else cells[0]
    return (
        f'<tr{identity}><th scope="row">{header}</th>'
        + "".join(f"<td{kind}>{cell}</td>" for cell, kind in others)
        + "</tr>"
    )


def _kind(cells: list[str]) -> str:
    """The class of a column: words are set to the left, numbers to the right."""
    return "words" if any(cell[:1].isalpha() for cell in cells) else ""


def _shown(value: Any) -> str:
    """A cell's text: thousands separators for whole numbers, a dash for what is missing."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return "–"
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return text(f"{int(value):,}" if is_whole and not isinstance(value, bool) else value)


def json_block(identifier: str, value: Any) -> str:
    """JSON for a script to read; no text in it can end the element."""
    body = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        body = body.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/json" id="{text(identifier)}">{body}</script>'


def _css(css: str) -> str:
    """A class attribute, or nothing."""
    return f' class="{text(css)}"' if css else ""
