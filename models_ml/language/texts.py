"""What text stands for an item: its category, its name, and what events of train say of it.

Here belongs the making of texts.  Nothing of val or test is ever read, so a text gives none of
their answers away; equal tables give equal texts.  Vectors of texts are made in `vectors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from models_ml.columns import TEXT_COLUMNS

if TYPE_CHECKING:
    from models_ml.data.corpus import Corpus
    from models_ml.transformer.windows import Vocabulary

# The longest an item was asked for before it was gone to.
SEARCHED = pd.Timedelta(minutes=30)
# How many different texts of each column stand for an item, the earliest first: a language model
# cuts long texts off.
MOST = {"item_name": 1, "review": 3, "query": 3}
# What cleaning fills in for a category that is missing.
NO_CATEGORY = "unknown"


def words_of_items(sequences: pd.DataFrame) -> dict[str, str]:
    """Item to its name, reviews and queries, as rows of split `train` have them; items without any
    are not in it.

    Of each column of `MOST` the earliest distinct texts count.  A query without an item stands for
    the item of the user's next event of train, if that follows within half an hour.
    """
    names = [name for name in MOST if name in sequences.columns]
    kept = ["user_id", "event_at", "event_id", "item_id", *names]
    rows = sequences.loc[sequences["split"] == "train", kept]
    items = dict.fromkeys(names, rows["item_id"])
    if "query" in names:
        items["query"] = rows["item_id"].fillna(_gone_to(rows))
    found: dict[str, list[str]] = {}
    for name in names:
        part = rows[["event_at", "event_id"]].assign(item=items[name], text=rows[name])
        for item, texts in _earliest(part, MOST[name]).items():
            found.setdefault(str(item), []).extend(texts)
    return {item: ". ".join(texts) for item, texts in found.items()}


def _gone_to(rows: pd.DataFrame) -> pd.Series:
    """The item of the user's next event, if it follows soon; in the order of the rows."""
    ordered = rows.sort_values(["user_id", "event_at", "event_id"])
    following = ordered.groupby("user_id")[["event_at", "item_id"]].shift(-1)
    is_soon = following["event_at"] - ordered["event_at"] <= SEARCHED
    return following["item_id"].where(is_soon)


def _earliest(part: pd.DataFrame, most: int) -> pd.Series:
    """The first distinct texts of each item, in order, white space evened out."""
    part = part.dropna(subset=["item", "text"]).sort_values(["event_at", "event_id"])
    part["text"] = part["text"].astype(str).str.split().str.join(" ")
    part = part[part["text"] != ""].drop_duplicates(["item", "text"])
    return part.groupby("item").head(most).groupby("item")["text"].agg(list)


def has_words(sequences: pd.DataFrame) -> bool:
    """Whether any event of a table says anything in words."""
    return any(name in sequences.columns and sequences[name].notna().any() for name in TEXT_COLUMNS)


def texts_of(vocabulary: Vocabulary, corpus: Corpus) -> list[str | None]:
    """The text of each item of a vocabulary, `category. name. reviews. queries` as far as there are
    any; None where there is none.
    """
    said = [None] * len(corpus.items) if corpus.item_words is None else corpus.item_words
    words = {str(item): text for item, text in zip(corpus.items, said, strict=True)}
    names = [*(name if name != NO_CATEGORY else None for name in vocabulary.categories), None]
    categories = (names[code] for code in vocabulary.item_category)
    texts = (
        ". ".join(part for part in (category, words.get(item)) if part)
        for item, category in zip(vocabulary.items, categories, strict=True)
    )
    return [text or None for text in texts]
