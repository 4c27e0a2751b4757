"""The Chinese catalogue: whole sentences, punctuated in Chinese, braces that close."""

from __future__ import annotations

from string import Formatter

from stevo_dagster.reports.chinese import NAMES, SENTENCES


def test_sentences_end_as_their_english_does():
    for english, chinese in SENTENCES.items():
        assert english.endswith(".") == chinese.endswith("。"), english
        assert ", " not in chinese and not chinese.endswith("."), chinese


def test_every_field_can_be_filled_in():
    for text in SENTENCES.values():
        names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        assert text.format(**dict.fromkeys(names, "1"))


def test_names_are_not_empty():
    assert all(name.strip() for name in NAMES.values())
