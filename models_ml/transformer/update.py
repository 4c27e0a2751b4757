"""Going on with a trained network where the data have grown: new rows alone, smaller steps.

Here belong the growing of vocabulary and layers, and the settings of the few epochs.  Their loop
is `train`'s.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import torch
from torch import Tensor, nn

from models_ml.data.corpus import Corpus, target_rows
from models_ml.errors import ModelError, TooFewEvents
from models_ml.language.vectors import described_by
from models_ml.transformer.chunks import trainset
from models_ml.transformer.network import Network, Shape
from models_ml.transformer.pointer import PointerTransformer
from models_ml.transformer.train import NEEDED_VAL, Progress, learn, newest_train, validate
from models_ml.transformer.windows import Vocabulary, kilometres

EPOCHS, PATIENCE, LR_SHARE = 3, 1, 0.3


def updated(
    model: PointerTransformer, corpus: Corpus, progress: Progress | None = None
) -> PointerTransformer:
    """A new model that has also learnt the train rows later than any the given one knew; the given
    one itself where there is none.

    New places and types enlarge the vocabulary and known ones keep their codes.  The weights stay
    as they were unless val says that an epoch made them better.  The texts of known places stay,
    new places are described by the same language model.  Raises `ModelError` for a model that does
    not say what it has learnt or whose language model is gone, and `TooFewEvents` where val is too
    small to judge by.
    """
    if model.learnt is None:
        raise ModelError(
            "this model does not say up to when it has learnt", where=model.name, fix="train anew"
        )
    if any(not value.is_floating_point() for value in model.network.state_dict().values()):
        raise ModelError(
            "a model in whole numbers cannot be updated", where=model.name, fix="train anew"
        )
    if newest_train(corpus) <= model.learnt:
        return model
    chosen = model.config
    val_rows = target_rows(corpus, "val", max_targets=chosen.max_val_targets, seed=chosen.seed)
    if len(val_rows) < NEEDED_VAL:
        raise TooFewEvents("val events with a place", needed=NEEDED_VAL, found=len(val_rows))
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(chosen.seed)
    config = replace(chosen, epochs=EPOCHS, patience=PATIENCE, lr=LR_SHARE * chosen.lr)
    found = Vocabulary.of_training(corpus, model.vocabulary.resolution)
    vocabulary = grown(model.vocabulary, found)
    network = widened(model.network, vocabulary, corpus)
    if network.texts is not None:
        known, texts = len(model.vocabulary.items), network.texts
        texts.put(known, described_by(texts.components, vocabulary, corpus, chosen.texts, known))
    going_on = PointerTransformer(config, vocabulary, network, model.name)
    before = validate(going_on, corpus, val_rows)[0]
    data = trainset(corpus, vocabulary, config, after=model.learnt)
    learn(going_on, data, val_rows, config, progress, best=before)
    done = replace(going_on, config=chosen, learnt=newest_train(corpus))
    return done.calibrated(corpus)


def grown(known: Vocabulary, found: Vocabulary) -> Vocabulary:
    """Known names under their codes, and those found beside them after the last; what else is
    known, such as the centre and the bins of time, stays.
    """
    lists = {
        name: _longer(getattr(known, name), getattr(found, name))
        for name in ("items", "kinds", "categories", "cells")
    }
    return replace(
        known,
        **lists,  # type: ignore[arg-type]
        item_category=_of_items(known, found, "item_category", "categories", lists),
        item_cell=_of_items(known, found, "item_cell", "cells", lists),
    )


def _longer(known: list[str], found: list[str]) -> list[str]:
    there = set(known)
    return [*known, *(name for name in found if name not in there)]


def _of_items(
    known: Vocabulary, found: Vocabulary, name: str, names: str, lists: dict[str, list[str]]
) -> list[int]:
    """A property of each item in codes of the longer list: as it was for a known item, as found
    for a new one; one past the last where there is none.
    """
    code = {one: index for index, one in enumerate(lists[names])}
    values: dict[str, int] = {}
    for vocabulary in (found, known):
        of_code = [*(code[one] for one in getattr(vocabulary, names)), len(code)]
        pairs = zip(vocabulary.items, getattr(vocabulary, name), strict=True)
        values |= {item: of_code[value] for item, value in pairs}
    return [values[item] for item in lists["items"]]


def widened(network: Network, vocabulary: Vocabulary, corpus: Corpus) -> Network:
    """The network with room for a vocabulary that has grown: what was learnt stays, new rows are
    fresh, and the row of what is unknown stays the last.
    """
    names = [field.name for field in fields(Shape)]
    sizes = {n: len(getattr(vocabulary, n)) for n in names if hasattr(vocabulary, n)}
    points = _points(network.item_points, vocabulary, corpus)
    wide = Network(replace(network.shape, **sizes), points)
    tables = {f"{n}.weight" for n, layer in wide.named_modules() if isinstance(layer, nn.Embedding)}
    places = wide.state_dict()
    with torch.no_grad():
        for name, old in network.state_dict().items():
            if name in tables:
                places[name][: len(old) - 1] = old[:-1]
                places[name][-1] = old[-1]
            elif name != "item_points" and old.ndim:
                places[name][: len(old)] = old
            elif name != "item_points":
                places[name].copy_(old)
    return wide


def _points(known: Tensor, vocabulary: Vocabulary, corpus: Corpus) -> Tensor:
    """Where places are: known ones stay, new ones are looked up in the corpus."""
    index = {str(name): code for code, name in enumerate(corpus.items)}
    codes = np.array([index[name] for name in vocabulary.items[len(known) :]], dtype=np.int64)
    latitude, longitude = corpus.item_latitude[codes], corpus.item_longitude[codes]
    return torch.cat([known, torch.from_numpy(kilometres(latitude, longitude, vocabulary.centre))])
