"""Texts of items: what is in them, in which order, and that nothing but train ever is."""

from __future__ import annotations

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_ml.columns import TEXT_COLUMNS
from models_ml.data import sequences
from models_ml.data.corpus import encode
from models_ml.language.texts import texts_of, words_of_items
from models_ml.transformer.windows import Vocabulary
from tests.models_ml.conftest import make_events, with_names

START = pd.Timestamp("2024-03-01", tz="UTC")


def rows(*given: tuple[str, int, str | None, str | None, str | None, str | None]) -> pd.DataFrame:
    """Events of train from (user, minute, item, item_name, query, review)."""
    table = pd.DataFrame(given, columns=["user_id", "event_at", "item_id", *TEXT_COLUMNS])
    table["event_at"] = START + pd.to_timedelta(table["event_at"], unit="min")
    table["event_id"] = [f"e{number}" for number in range(len(table))]
    return table.assign(split="train")


def test_the_earliest_name_and_the_earliest_distinct_reviews_count() -> None:
    found = words_of_items(
        rows(
            ("u", 9, "a", "New Name", None, "late"),
            ("u", 1, "a", "  Old \n Name ", None, "good"),
            ("v", 2, "a", None, None, "good"),
            ("v", 3, "a", None, None, "  "),
            ("v", 4, "a", None, None, "fine"),
            ("v", 5, "a", None, None, "dear"),
            ("v", 6, "a", None, None, "far"),
            ("v", 7, "b", None, None, None),
        )
    )
    assert found == {"a": "Old Name. good. fine. dear"}


def test_a_query_stands_for_its_item_or_for_where_the_user_went_at_once() -> None:
    found = words_of_items(
        rows(
            ("u", 0, "a", None, "own", None),
            ("u", 10, None, None, "soon", None),
            ("u", 40, "b", None, None, None),
            ("u", 50, None, None, "too late", None),
            ("u", 81, "c", None, None, None),
            ("v", 0, None, None, "nobody's", None),
        )
    )
    assert found == {"a": "own", "b": "soon"}


def test_tables_without_words_have_none() -> None:
    table = sequences.build(make_events())
    assert words_of_items(table) == {}
    assert encode(table).item_words is None
    empty = sequences.build(make_events().assign(query=None))
    assert encode(empty).item_words is None


def test_the_text_of_an_item_begins_with_its_category() -> None:
    events = with_names(make_events())
    events["category"] = events["category"].replace({"c3": "unknown"})
    corpus = encode(sequences.build(events))
    vocabulary = Vocabulary.of_training(corpus)
    texts = dict(zip(vocabulary.items, texts_of(vocabulary, corpus), strict=True))
    assert texts["p00"].startswith("c0. coffee station. loud coffee station")
    assert not any(text.startswith("unknown") for text in texts.values())
    silent = encode(sequences.build(events.drop(columns=list(TEXT_COLUMNS))))
    plain = dict(zip(vocabulary.items, texts_of(vocabulary, silent), strict=True))
    assert plain["p00"] == "c0" and plain["p03"] is None


@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 99), says=st.sampled_from([None, "leak", "red tower"]))
def test_what_val_and_test_say_is_in_no_text(seed: int, says: str | None) -> None:
    table = sequences.build(with_names(make_events()))
    before = words_of_items(table)
    assert {"quiet park", "loud"} <= {part for text in before.values() for part in parts(text)}
    late = table["split"] != "train"
    changed = table.copy()
    for name in TEXT_COLUMNS:
        changed.loc[late, name] = says
    changed.loc[late, "item_id"] = changed.loc[late, "item_id"].sample(frac=1, random_state=seed)
    changed = changed.sample(frac=1, random_state=seed, ignore_index=True)
    assert words_of_items(changed) == before
    assert words_of_items(changed[changed["split"] == "train"]) == before


def parts(text: str) -> set[str]:
    """What was searched, and the first word of what was said."""
    return {"loud" if part.startswith("loud") else part for part in text.split(". ")}
