"""Our SASRec beside that of RecTools: training, and ranking all places, on the same events.

Run: `python -m benchmarks.sasrec [--people N] [--places N] [--epochs N] [--threads N] [--full]
[--peer-venv FOLDER] [--docs PAGE]`.  RecTools needs an older numpy than we do, so it runs in a venv
of its own: FOLDER, made where it is not there yet, or one that is thrown away.  Where it cannot be
installed, that is printed and nothing is measured.

Both have the same width, depth, heads, window, dropout, learning rate, epochs, threads and
positions a step (padding counted), full cross-entropy over all places, and no validation.  Nobody
has more events than a window holds, so both train on all of them; an event counts as a target where
it has one before it, in both.  `--full` gives everybody a full window, so that nothing is padding.
Then everybody is asked for the next place, of all places, from the trained model to the metrics:
acc@1, @5, @10, MRR and NDCG.  RecTools gives the ten best and measures those, ours the expected
rank of the truth among all; the quickest of three rounds counts, reading the corpus included.
Prints JSON; `ratio` is of training, `evaluation_ratio` of all that is asked after it,
`ranking_ratio` and `metrics_ratio` of its two parts, `listing_ratio` of ranking when ours also
lists the 20 best and says how sure it is of the first, as `evaluate` wants; their kin with `cpu`
are of CPU seconds, steadier on a busy machine.

Belongs here: measuring. Does not belong here: models.  The peer's program is in `peers/`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks.pages.tables import with_table
from models_ml.columns import SASREC
from models_ml.config import PeerConfig
from models_ml.data import sequences
from models_ml.data.corpus import Corpus, encode, queries_for_rows
from models_ml.evaluation.evaluate import answer, ranks_by_logits
from models_ml.evaluation.metrics import per_instance
from models_ml.peers.inputs import table_of
from models_ml.peers.loop import batches_of, build, objective, steps_of
from models_ml.peers.model import SequenceModel
from models_ml.transformer.network import plain_kernels

PROGRAM = Path(__file__).parent / "peers" / "rectools_sasrec.py"
RECTOOLS = "0.19.0"
PEER = f"SASRecModel of RecTools {RECTOOLS}"
NEEDED = (f"rectools[torch]=={RECTOOLS}", f"torch=={torch.__version__.split('+')[0]}")
INSTALL_SECONDS, RUN_SECONDS = 600, 600
CUTOFFS = (1, 5, 10)
ROUNDS = 3
TABLE = "sasrec"
LINES = {
    "training, events a second": ("", "events"),
    "full ranking and its metrics, people a second": ("evaluation_", "people"),
    "of which ranking alone": ("ranking_", "people"),
    "of which metrics alone": ("metrics_", "people"),
    "ranking where ours also lists 20 places": ("listing_", "people"),
}

# Wall and CPU.
Seconds = tuple[float, float]


class NoPeer(Exception):
    """RecTools cannot be had here; says why."""


def people_who_return(people: int, places: int, window: int, full: bool) -> pd.DataFrame:
    """Events of people who mostly go back to places of their own: user, item, at, held.

    Lengths are log-normal around a third of a window, as most people are short of one.  Everybody
    has at least 3 events, the last of which is held back, and at most window + 2.
    """
    rng = np.random.default_rng(0)
    most = window + 2
    drawn = rng.lognormal(np.log(window / 3), 0.8, people)
    length = np.full(people, most) if full else np.clip(drawn, 3, most).astype(int)
    user = np.repeat(np.arange(people), length)
    position = np.arange(len(user)) - np.repeat(np.cumsum(length) - length, length)
    haunts = (places * rng.random((people, 8)) ** 2).astype(int)
    own = haunts[user, (8 * rng.random(len(user)) ** 2).astype(int)]
    roamed = (places * rng.random(len(user)) ** 2).astype(int)
    item = np.where(rng.random(len(user)) < 0.8, own, roamed)
    held = position == length[user] - 1
    at = 1_700_000_000 + 21_600 * position
    return pd.DataFrame({"user": user, "item": item, "at": at, "held": held.astype(int)})


def corpus_of(events: pd.DataFrame) -> Corpus:
    """The same events as the library reads them, those held back in split `test`."""
    table = pd.DataFrame(
        {
            "event_id": np.arange(len(events)).astype(str),
            "user_id": events["user"].astype(str),
            "event_type": "check_in",
            "event_at": pd.to_datetime(events["at"], unit="s", utc=True),
            "item_id": events["item"].astype(str),
            "category": "x",
            "latitude": 40.0,
            "longitude": -74.0,
        }
    )
    built = sequences.build(table)
    held = set(table["event_id"][events["held"] == 1])
    built["split"] = np.where(built["event_id"].isin(held), "test", "train")
    return encode(built)


def now() -> Seconds:
    """The clocks."""
    return time.perf_counter(), time.process_time()


def since(began: Seconds) -> Seconds:
    """What they went on by."""
    return time.perf_counter() - began[0], time.process_time() - began[1]


def trained(corpus: Corpus, config: PeerConfig) -> tuple[SequenceModel, Seconds]:
    """(the model after all epochs, seconds): the library's own steps, without early stopping."""
    torch.manual_seed(config.seed)
    model = build(SASREC, corpus, config)
    rows = np.flatnonzero(corpus.split == 0)
    per_epoch = -(-len(rows) // config.batch)
    began = now()
    steps = steps_of(model.network, config, per_epoch)
    model.network.train()
    with plain_kernels():
        for epoch in range(1, config.epochs + 1):
            for one in batches_of(model, corpus, rows, epoch):
                steps.step(objective(model.network, one, config)[0])
    return model, since(began)


def quickest(function: Callable[[], np.ndarray]) -> tuple[np.ndarray, Seconds]:
    """(what it returns, seconds of the quickest round by CPU)."""
    taken = []
    for _ in range(ROUNDS):
        began = now()
        returned = function()
        taken.append(since(began))
    return returned, min(taken, key=lambda one: one[1])


def asked(model: SequenceModel, corpus: Corpus) -> dict[str, Any]:
    """Seconds of `rank`, of `list` and of `measure`, and the metrics of held-back places."""
    rows = np.flatnonzero(corpus.split == 2)

    def ranks() -> np.ndarray:
        table_of.cache_clear()
        return ranks_by_logits(model, corpus, queries_for_rows(corpus, rows))

    def lists() -> np.ndarray:
        table_of.cache_clear()
        return answer(model, corpus, queries_for_rows(corpus, rows)).ranks

    found, rank = quickest(ranks)
    names = [*(f"acc@{k}" for k in CUTOFFS), "mrr", "ndcg@10"]

    def means() -> np.ndarray:
        values = per_instance(found, CUTOFFS)
        return np.array([values[name].mean() for name in names])

    values, measure = quickest(means)
    listed, listing = quickest(lists)
    assert np.array_equal(listed, found)
    metrics = dict(zip(names, values.tolist(), strict=True))
    return {"rank": rank, "list": listing, "measure": measure, "metrics": metrics}


def peer_python(folder: Path) -> Path:
    """The python of a venv with RecTools, made in a folder that has none; raises `NoPeer`."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *NEEDED]
        _called(command, INSTALL_SECONDS, f"pip cannot install {' '.join(NEEDED)}")
    _called([str(python), "-c", "import rectools.models"], 120, f"no RecTools in {folder}")
    return python


def _called(command: list[str], limit: float, problem: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired as error:
        raise NoPeer(f"{problem} within {limit:.0f} s") from error
    except subprocess.CalledProcessError as error:
        said = [line for line in error.stderr.splitlines() if line.strip()]
        raise NoPeer(f"{problem}: {said[-1] if said else 'no reason given'}") from error


def peer(python: Path, events: pd.DataFrame, config: PeerConfig) -> dict[str, Any]:
    """What the peer's program prints of the same events and settings."""
    names = ("seed", "epochs", "lr", "dropout", "d_model", "layers", "heads", "window", "threads")
    settings = {name: getattr(config, name) for name in names}
    settings["sequences"] = config.batch // config.window
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(config.threads))
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "events.csv"
        events.to_csv(path, index=False)
        done = subprocess.run(
            [str(python), str(PROGRAM), str(path), json.dumps(settings)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=RUN_SECONDS,
            cwd=made,
            env={**os.environ, **threads},
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compared(python: Path, events: pd.DataFrame, config: PeerConfig) -> dict[str, Any]:
    """Both measured, one after the other."""
    corpus = corpus_of(events)
    people = int(events["held"].sum())
    targets = config.epochs * (int((events["held"] == 0).sum()) - people)
    theirs = peer(python, events, config)
    torch.set_num_threads(config.threads)
    model, train = trained(corpus, config)
    own = asked(model, corpus)
    return {
        "people": people,
        "events": len(events),
        "places": len(corpus.items),
        "d_model": config.d_model,
        "layers": config.layers,
        "heads": config.heads,
        "window": config.window,
        "positions_a_step": config.batch,
        "epochs": config.epochs,
        "threads": config.threads,
        "peer": PEER,
        "torch": {"ours": torch.__version__, "rectools": theirs["torch"]},
        **speeds("", "events", targets, train, theirs["train"]),
        **speeds("evaluation_", "people", people, _both(own), _both(theirs)),
        **speeds("ranking_", "people", people, own["rank"], theirs["rank"]),
        **speeds("metrics_", "people", people, own["measure"], theirs["measure"]),
        **speeds("listing_", "people", people, own["list"], theirs["rank"]),
        "ours_hit@10": round(own["metrics"]["acc@10"], 3),
        "rectools_hit@10": round(theirs["hits"] / people, 3),
    }


def speeds(of: str, unit: str, count: int, ours: Seconds, theirs: Seconds) -> dict[str, float]:
    """How many of a unit a second, and the ratios, by names that begin with `of`."""
    return {
        f"{of}ours_{unit}_per_second": round(count / ours[0]),
        f"{of}rectools_{unit}_per_second": round(count / theirs[0]),
        f"{of}ratio": round(theirs[0] / ours[0], 2),
        f"{of}cpu_ratio": round(theirs[1] / ours[1], 2),
    }


def _both(found: dict[str, Any]) -> Seconds:
    """Seconds of ranking and of the metrics after it."""
    rank, measure = found["rank"], found["measure"]
    return rank[0] + measure[0], rank[1] + measure[1]


def table(found: dict[str, Any]) -> str:
    """The Markdown table of a measurement."""
    size = (
        f"{found['people']} people, {found['events']} events, {found['places']} places; width "
        f"{found['d_model']}, {found['layers']} layers, {found['heads']} heads, window "
        f"{found['window']}, {found['positions_a_step']} positions a step, {found['epochs']} "
        f"epochs; torch threads: {found['threads']}; torch {found['torch']['ours']} (ours) and "
        f"{found['torch']['rectools']}."
    )
    lines = [f"| what | ours | {found['peer']} | ratio | ratio of CPU |", "|---|---|---|---|---|"]
    for words, (of, unit) in LINES.items():
        both = [found[f"{of}{whose}_{unit}_per_second"] for whose in ("ours", "rectools")]
        cells = [words, *both, found[f"{of}ratio"], found[f"{of}cpu_ratio"]]
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    lines.append(f"| hit@10 | {found['ours_hit@10']} | {found['rectools_hit@10']} | | |")
    return size + "\n\n" + "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure both and print the ratios, or say why nothing was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--places", type=int, default=5_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--peer-venv", type=Path)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args(argv)
    config = PeerConfig(epochs=given.epochs, threads=given.threads, layers=2, stride=64, window=64)
    events = people_who_return(given.people, given.places, config.window, given.full)
    with tempfile.TemporaryDirectory() as made:
        try:
            python = peer_python(given.peer_venv or Path(made) / "venv")
        except NoPeer as reason:
            print(json.dumps({"peer": PEER, "skipped": str(reason)}))
            return 0
        found = compared(python, events, config)
    print(json.dumps(found))
    if given.docs is not None:
        given.docs.write_text(with_table(given.docs.read_text(), TABLE, table(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
