"""Charts in metadata: a PNG inside Markdown, which the UI shows without a file."""

from __future__ import annotations

import base64
import re

import dagster as dg
import pandas as pd

from stevo_dagster.defs.pictures import embedded
from stevo_dagster.reports.charts import loss_curve
from stevo_dagster.reports.language import Say


def test_a_chart_is_a_picture_in_markdown():
    curves = pd.DataFrame({"epoch": [1, 2], "train_loss": [3.0, 2.0], "val_loss": [3.1, 2.5]})
    found = embedded(loss_curve(curves, Say()))
    assert isinstance(found, dg.MarkdownMetadataValue)
    shown = re.fullmatch(r"!\[chart\]\(data:image/png;base64,([\w+/=]+)\)", found.md_str)
    assert shown is not None
    assert base64.b64decode(shown.group(1)).startswith(b"\x89PNG\r\n\x1a\n")
