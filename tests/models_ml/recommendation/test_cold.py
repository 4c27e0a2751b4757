"""Cold places borrow from like places nearby; cold people get the nearest stand-in for a past."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models_ml.baselines import baseline
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode
from models_ml.errors import ModelError
from models_ml.publish.recommend import recommend
from models_ml.recommendation import cold
from models_ml.recommendation.cold import ALIKE, NEAR, POPULAR, cold_scores, newcomers
from models_ml.recommendation.moment import Moment
from tests.models_ml.conftest import make_events


def event(number: int, user: str, item: str, category: str, north_km: float = 0.0) -> dict:
    return {
        "event_id": f"x{number}",
        "user_id": user,
        "event_type": "browse",
        "event_at": pd.Timestamp("2024-03-01", tz="UTC") + pd.Timedelta(hours=number),
        "item_id": item,
        "category": category,
        "latitude": 40.0 + north_km / 111.2,
        "longitude": -74.0,
        "utc_offset_minutes": 0,
    }


def corpus_of(rows: list[dict]) -> Corpus:
    return encode(sequences.build(pd.DataFrame(rows)))


@pytest.fixture(scope="module")
def town() -> tuple[Corpus, Moment]:
    """Two warm cafés (one far), a warm shop, and a café that one person found."""
    visits = [("café", "cafe", 0.0), ("far café", "cafe", 9.0), ("shop", "shop", 0.1)]
    rows = [
        event(number, f"u{number % 3}", *visits[number % 3 if number < 9 else number % 2])
        for number in range(14)
    ]
    rows.append(event(20, "u0", "new café", "cafe", 0.3))
    corpus = corpus_of(rows)
    return corpus, Moment.before(corpus, int(corpus.at_sorted[-1]) + 1)


def test_a_cold_place_has_the_mean_score_of_like_places_nearby(town: tuple) -> None:
    corpus, moment = town
    code = {name: index for index, name in enumerate(corpus.items)}
    scores = np.zeros((2, 4))
    scores[:, code["café"]], scores[:, code["far café"]], scores[:, code["shop"]] = 0.8, 0.4, 0.9
    known = np.zeros((2, 4), dtype=bool)
    known[1, code["café"]] = True
    cold, lent = cold_scores(scores, known, moment)
    assert [corpus.items[one] for one in cold] == ["new café"]
    # What the second person has been to says nothing of what is new.
    assert lent[:, 0].tolist() == [0.8, 0.0]


def test_a_cold_place_is_recommended_and_the_reason_says_why() -> None:
    """Two hundred places, one of them hardly known and next to a loved one of its kind."""
    rows = [
        event(n, f"u{n % 20}", f"p{n % 200:03d}", f"c{n % 200 % 5}", (n % 200) * 0.5)
        for n in range(1600)
    ]
    rows += [event(1600 + n, f"u{1 + n % 10}", "loved", "kiosk", -0.2) for n in range(60)]
    rows.append(event(1700, "u19", "cold", "kiosk", -0.1))
    corpus = corpus_of(rows)
    found = recommend(baseline("recent_popularity"), corpus, 10, policy="new_only")
    mine = found[found["user_id"] == "u0"].set_index("item_id")
    assert "loved" in mine.index and "cold" in mine.index
    assert mine.loc["cold", "reason"] == "new to you and hardly known yet, judged by kiosk nearby"


PROFILES = pd.DataFrame(
    {
        "user_id": ["u00", "u01", "n3", "n2", "n1"],
        "age": ["young", "old", "young", "unheard of", None],
        "latitude": [None, None, 40.05, 40.05, None],
        "longitude": [None, None, -73.95, -73.95, None],
    }
)


def test_people_alike_then_the_region_then_everybody() -> None:
    corpus = encode(sequences.build(make_events()))
    moment = Moment.before(corpus, int(corpus.at_sorted[-1]) + 1)
    (people,) = newcomers(moment, PROFILES)
    assert people.users.tolist() == ["n1", "n2", "n3"]
    best = people.relevance.argmax(axis=1)
    assert [people.stage[index, one] for index, one in enumerate(best)] == [POPULAR, NEAR, ALIKE]
    user = list(corpus.users).index("u00")
    visits = np.bincount(corpus.item[(corpus.user == user) & (corpus.item >= 0)], minlength=30)
    assert visits[best[2]] == visits.max()
    assert best[0] == moment.trend.argmax()
    for stage in (ALIKE, NEAR):
        earlier = people.relevance[2][people.stage[2] == stage].min()
        assert earlier > people.relevance[2][people.stage[2] == stage + 1].max(initial=0.0)


def test_the_table_holds_newcomers_with_the_fallback_in_the_reason(table: pd.DataFrame) -> None:
    found = recommend(baseline("blend"), table, 5, profiles=PROFILES)
    mine = found[found["user_id"].isin(["n1", "n2", "n3"])]
    assert mine.groupby("user_id").size().tolist() == [5, 5, 5]
    assert mine["is_new_to_user"].all()
    first = mine[mine["rank"] == 1].set_index("user_id")["reason"]
    assert first.map(lambda text: text.rsplit(": ")[1]).to_dict() == {
        "n1": "popular with everybody",
        "n2": "popular around your region",
        "n3": "chosen by people like you",
    }
    assert set(found["user_id"]) == {*table["user_id"], "n1", "n2", "n3"}
    known = recommend(baseline("blend"), table, 5, policy="known_only", profiles=PROFILES)
    assert not known["user_id"].isin(["n1", "n2", "n3"]).any()


def test_one_at_a_time_they_get_the_same(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = Moment.before(corpus, int(corpus.at_sorted[-1]) + 1)
    (together,) = newcomers(moment, PROFILES)
    monkeypatch.setattr(cold, "tiles", lambda count, _: [slice(i, i + 1) for i in range(count)])
    alone = list(newcomers(moment, PROFILES))
    assert [one.users.tolist() for one in alone] == [["n1"], ["n2"], ["n3"]]
    for name in ("relevance", "stage"):
        parts = np.concatenate([getattr(one, name) for one in alone])
        assert np.array_equal(parts, getattr(together, name))


def test_profiles_name_each_person_once(corpus: Corpus) -> None:
    moment = Moment.before(corpus, int(corpus.at_sorted[-1]))
    with pytest.raises(ModelError, match="one row a user_id"):
        list(newcomers(moment, pd.concat([PROFILES, PROFILES])))
