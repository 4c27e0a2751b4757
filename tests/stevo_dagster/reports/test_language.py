"""Two languages: every sentence has its Chinese, with the same fields, and nothing is left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stevo_dagster import explore
from stevo_dagster.errors import StevoError
from stevo_dagster.reports import language
from stevo_dagster.reports.chinese import NAMES, SENTENCES
from stevo_dagster.reports.language import ENGLISH_NAMES, Say

SOURCES = sorted(
    path for module in (language, explore) for path in Path(module.__file__).parent.glob("*.py")
)
FIELD = re.compile(r"\{\w+\}")
CHINESE = re.compile("[\u4e00-\u9fff]")


def sentences() -> Iterator[str]:
    """Every sentence that the report hands to a ``Say``; each is written out where it is said."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name == "say" or (name == "self" and path.name == "language.py"):
                said = node.args[0]
                assert isinstance(said, ast.Constant), f"{path.name}:{node.lineno}"
                yield str(said.value)


def test_every_sentence_has_its_chinese_and_none_is_left_over():
    said = set(sentences())
    assert len(said) > 150
    assert said - set(SENTENCES) == set()
    assert set(SENTENCES) - said == set()


def test_the_fields_are_the_same():
    for english, chinese in SENTENCES.items():
        assert set(FIELD.findall(english)) == set(FIELD.findall(chinese)), english
        assert FIELD.sub("", chinese).strip(), english


def test_sentences_are_chinese_but_for_what_has_no_other_name():
    plain = {english for english, chinese in SENTENCES.items() if not CHINESE.search(chinese)}
    assert plain == {"{metric}, {task}", "{claim} ({support})."}


def test_every_name_has_its_chinese():
    assert set(ENGLISH_NAMES) <= set(NAMES)


def test_names_and_fields_are_filled_in():
    english, chinese = Say(), Say("zh")
    assert english("under {n}", n=5) == "under 5" and chinese("under {n}", n=5) == "低于 5"
    assert english.name("visit_counter") == "visit counter"
    assert chinese.events_of("search") == "搜索"
    assert english.events_of("page_turn") == "page turn events"
    assert chinese.events_of("page_turn") == "page turn事件"


def test_another_language_is_refused():
    with pytest.raises(StevoError, match="not written in 'xx'"):
        Say("xx")
