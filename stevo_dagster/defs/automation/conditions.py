"""When automation builds an asset.

Belongs here: the one condition that all assets share. Does not belong here: schedules and sensors.
"""

from __future__ import annotations

import dagster as dg


def when_inputs_are_whole(*, looks_back: bool = False) -> dg.AutomationCondition:
    """Build what is missing or has newer inputs, but never on an input that is missing.

    `looks_back` is for tables that read other days of their inputs. Dagster counts an input that is
    requested in the same tick as present, since one run builds both in order; that holds for the
    same day alone.

    Only published partitions are recorded, so a day that failed its checks is missing to
    everything that would read it. What was requested once is not requested again until an input
    changes: a broken asset does not run for ever.
    """
    condition = dg.AutomationCondition
    wanted = (
        condition.newly_missing()
        | condition.any_deps_updated()
        | (condition.initial_evaluation() & condition.missing())
    )
    handled = condition.newly_requested() | condition.newly_updated()
    whole = (
        wanted.since(handled)
        & ~condition.any_deps_missing()
        & ~condition.any_deps_in_progress()
        & ~condition.in_progress()
    )
    if looks_back:
        whole = whole & ~condition.any_deps_match(condition.missing())
    return whole.with_label("inputs are whole")
