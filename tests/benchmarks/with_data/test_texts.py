"""The benchmark of texts: two trainings on the same questions, a table, and names from files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.with_data import texts
from models_ml.data import sequences
from models_ml.data.corpus import encode
from tests.benchmarks.conftest import page_with
from tests.models_ml.conftest import make_events, save_language_model, with_names
from tests.models_ml.evaluation.test_benchmark import write_benchmark


def test_both_trainings_are_measured_and_written(told, tmp_path: Path) -> None:
    folder, names, page = (tmp_path / name for name in ("city", "names.csv", "page.md"))
    model = save_language_model(tmp_path / "language")
    folder.mkdir()
    write_benchmark(folder)
    named = with_names(make_events()).dropna(subset=["item_name"])
    named = named.drop_duplicates("item_id").rename(columns={"item_name": "name"})
    named[["item_id", "name"]].to_csv(names, index=False)
    page.write_text(page_with(texts.TABLE))
    out = tmp_path / "runs.json"
    other = {"city": "elsewhere", "rows": [], "texts": "m", "described": 1, "places": 1}
    other |= {"different": 1, "components": 1, "epochs": 1, "newest": 1, "seed": 1}
    out.write_text(json.dumps({"runs": [{**other, "seconds": [1.0, 1.0]}]}))
    words = ["--texts", str(model), "--names", str(names), "--epochs", "1"]
    words += ["--width", "16", "--components", "4", "--out", str(out), "--docs", str(page)]
    found = told(texts.main, str(folder), *words)
    assert json.loads(out.read_text()) == found
    elsewhere, run = found["runs"]
    assert elsewhere["city"] == "elsewhere"
    assert (run["city"], run["components"], run["places"]) == ("city", 4, 30)
    assert run["described"] == 30 and 5 < run["different"] <= 30
    kinds = {(row["split"], row["segment"]) for row in run["rows"]}
    assert kinds == {(split, one) for split in ("val", "test") for one in ("scored", "any")}
    for row in run["rows"]:
        gain, low, high = row["mrr_gain"]
        assert low <= gain <= high and gain == pytest.approx(
            row["mrr"][1] - row["mrr"][0], abs=2e-4
        )
    shown = page.read_text()
    assert "old" not in shown and shown.count("| city |") == 5 and "- elsewhere:" in shown


def test_films_have_their_titles_and_classes(tmp_path: Path) -> None:
    films = tmp_path / "x.item"
    head = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    films.write_text(head + '1\t1984\t1984\tDrama War\n2\t"Great Day"\t\t\n')
    assert texts.titles_of(films) == {"1": "1984, 1984, Drama War", "2": '"Great Day", , '}


def test_cold_questions_are_at_places_that_train_hardly_knows() -> None:
    table = make_events()
    names = {name: number for number, name in enumerate(sorted(table["item_id"].dropna().unique()))}
    rare = (table["item_id"].map(names) % 5 == 0) & (np.arange(len(table)) % 9 > 0)
    table.loc[rare, "item_id"] = "p01"
    corpus = encode(sequences.build(table))
    found = texts.questions(corpus, "test", set(corpus.event_id[:50]), 7)
    is_train = (corpus.split == 0) & (corpus.item >= 0)
    visits = np.bincount(corpus.item[is_train], minlength=len(corpus.items))
    assert len(found["cold"]) and (visits[corpus.item[found["cold"]]] < texts.COLD).all()
    assert (visits[corpus.item[found["cold"]]] > 0).all()
    assert set(found["cold"]) < set(found["any"])
    assert set(corpus.event_id[found.get("scored", [])]) <= set(corpus.event_id[:50])
