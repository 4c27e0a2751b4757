"""JSON lines in the event contract.

Belongs here: from lines to objects to columns. Does not belong here: types (`base/convert.py`) or
ranges (`ingest/validate.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from stevo_dagster.sources.base.chunk import Chunk, Source
from stevo_dagster.sources.base.contract import FIELD_NAMES
from stevo_dagster.sources.base.convert import columns_from_objects
from stevo_dagster.sources.base.delimited import decode
from stevo_dagster.sources.base.extras import extra_texts
from stevo_dagster.sources.base.faults import Faults, shown
from stevo_dagster.sources.base.lines import LineBlock
from stevo_dagster.sources.base.text_chunks import chunk_of, line_blocks

MAX_DEPTH = 64

_KNOWN = frozenset(FIELD_NAMES)
_NOTHING: dict[str, Any] = {}


def chunks(source: Source) -> Iterator[Chunk]:
    """The file's lines, mapped."""
    for block in line_blocks(source):
        yield _chunk(block)


def _chunk(block: LineBlock) -> Chunk:
    objects = [
        _NOTHING if row in block.faults else _parsed(text, row, block.faults)
        for row, text in enumerate(decode(block))
    ]
    values = {name: [found.get(name) for found in objects] for name in FIELD_NAMES}
    columns = columns_from_objects(values, block.faults)
    columns["extra"] = extra_texts([_unknown(found) for found in objects], block.faults)
    return chunk_of(block, columns)


def _parsed(text: str, row: int, faults: Faults) -> dict[str, Any]:
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        faults.add(row, "too_deep", None, f"nested more than {MAX_DEPTH} levels deep")
        return _NOTHING
    try:
        found = json.loads(text)
    except ValueError as error:
        faults.add(row, "bad_json", None, f"not JSON: {error}")
        return _NOTHING
    if not isinstance(found, dict):
        faults.add(row, "not_an_object", None, f"{shown(found)} is not a JSON object")
        return _NOTHING
    return found


def _depth(text: str) -> int:
    """How deep brackets nest, outside strings."""
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _unknown(values: dict[str, Any]) -> dict[str, Any]:
    """Keys outside the contract; an `extra` object is merged, so that exports can be read back."""
    unknown = {key: values[key] for key in values.keys() - _KNOWN}
    given = unknown.get("extra")
    if isinstance(given, dict):
        del unknown["extra"]
        return {**given, **unknown}
    return unknown
