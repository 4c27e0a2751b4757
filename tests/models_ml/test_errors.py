"""Errors of the model library say what is wrong, where, and the way out."""

from __future__ import annotations

import pytest

from models_ml.errors import DamagedCheckpoint, ModelError, TooFewEvents


def test_a_message_has_a_line_for_each_thing_that_is_known() -> None:
    assert str(ModelError("the loss is nan")) == "the loss is nan"
    told = ModelError("the loss is nan", where="step 7", fix="a lower lr")
    assert str(told).splitlines() == [
        "the loss is nan",
        "  where: step 7",
        "  fix: a lower lr",
    ]
    assert (told.problem, told.where, told.fix) == ("the loss is nan", "step 7", "a lower lr")


def test_too_few_events_keep_their_numbers_for_the_caller() -> None:
    error = TooFewEvents("val events", needed=20, found=3)
    assert (error.needed, error.found) == (20, 3)
    assert error.problem == "too few val events to train on: 20 are needed, 3 were found"
    assert error.fix is not None and "load more days" in error.fix


@pytest.mark.parametrize(
    "error", [TooFewEvents("events", needed=2, found=1), DamagedCheckpoint("no weights")]
)
def test_one_except_catches_every_error_a_caller_can_act_on(error: ModelError) -> None:
    with pytest.raises(ModelError):
        raise error
    assert not isinstance(error, ValueError), "a programming mistake is another thing"
