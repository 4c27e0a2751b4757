"""Readers by the name users write."""

from __future__ import annotations

import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.sources.registry import READERS, reader_of
from tests.stevo_dagster.sources.kit import SAMPLES


def test_every_sample_has_a_reader_and_every_reader_a_sample() -> None:
    assert {name: reader_of(name).format for name in SAMPLES} == {name: name for name in READERS}


def test_unknown_formats_list_the_known_ones() -> None:
    with pytest.raises(StevoError, match="unknown format 'csv'") as caught:
        reader_of("csv")
    told = str(caught.value)
    assert all(f"{name} " in told and READERS[name].description in told for name in READERS)
