"""The two languages of the report: English as it is written where it is used, and its Chinese.

Here belong looking up and filling in. The Chinese sentences are in ``chinese``; a test holds that
every English sentence handed to a ``Say`` has one, and that none is left over.
"""

from __future__ import annotations

from dataclasses import dataclass

from stevo_dagster.errors import StevoError
from stevo_dagster.reports.chinese import NAMES as CHINESE_NAMES
from stevo_dagster.reports.chinese import SENTENCES

ENGLISH, CHINESE = "en", "zh"
LANGUAGES = (ENGLISH, CHINESE)
# What the data call otherwise than people do; underscores are spaces in all others.
ENGLISH_NAMES = {
    "click": "clicks",
    "browse": "page views",
    "search": "searches",
    "cart": "cart additions",
    "purchase": "purchases",
    "review": "reviews",
    "favourite": "favourites",
    "check_in": "check-ins",
    "st_transformer": "ST-Transformer",
    "ranker": "gradient-boosted ranker",
    "ensemble": "ensemble of ST-Transformer and ranker",
    "user_knn": "user KNN",
    "item_knn": "item KNN",
    "lstm": "LSTM",
    "gru": "GRU",
    "st_lstm": "ST-LSTM",
    "sasrec": "SASRec",
    "bert4rec": "BERT4Rec",
    "seasonal_naive": "the week before, again",
    "acc@1": "First answer right (Acc@1)",
    "acc@10": "Right among ten (Acc@10)",
    "mrr": "Mean reciprocal rank",
    "ndcg@10": "NDCG@10",
    "next_place": "next place",
    "next_place_at_time": "next place, given the time",
    "next_event_type": "next kind of event",
    "wide": "counts of places and transitions",
    "pair": "what a question and an earlier event share",
    "counts": "counts of visits and transitions",
    "kernels": "how lately, and at which hours, they were there",
    "place": "who else goes there, and when",
    "space": "distance",
    "nearby": "places close by",
    "question": "the hour, and how the person lives",
    "random": "random events",
    "matched": "events of about the same age",
    "none": "no pattern",
}


@dataclass(frozen=True)
class Say:
    """Sentences and names in one language.

    Raises:
        StevoError: stevo does not speak that language.
    """

    language: str = ENGLISH

    def __post_init__(self) -> None:
        """Refuse a language without a catalogue."""
        if self.language not in LANGUAGES:
            raise StevoError(
                f"the report is not written in {self.language!r}",
                fix=f"choose one of {', '.join(LANGUAGES)}",
            )

    def __call__(self, sentence: str, **values: object) -> str:
        """An English sentence in this language, its ``{fields}`` filled in."""
        text = sentence if self.language == ENGLISH else SENTENCES[sentence]
        return text.format(**values) if values else text

    def name(self, term: object) -> str:
        """A name that data bring, as people write it; unknown ones with spaces for underscores."""
        names = ENGLISH_NAMES if self.language == ENGLISH else CHINESE_NAMES
        return names.get(str(term), str(term).replace("_", " "))

    def events_of(self, event_type: str) -> str:
        """Events of one type, as a plural."""
        known = ENGLISH_NAMES if self.language == ENGLISH else CHINESE_NAMES
        if event_type in known:
            return known[event_type]
        return self("{name} events", name=self.name(event_type))
