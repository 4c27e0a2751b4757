"""When automation builds an asset.

Belongs here: the one condition that all assets share. Does not belong here: schedules and sensors.
"""

from __future__ import annotations

import dagster as dg


def when_inputs_are_whole() -> dg.AutomationCondition:
    """Build what is missing or has newer inputs, but never on an input that is missing.

    Only published partitions are recorded, so a day that failed its checks is missing to
    everything that would read it. What was requested once is not requested again until an input
    changes: a broken asset does not run for ever.
    """
    wanted = dg.AutomationCondition.newly_missing() | dg.AutomationCondition.any_deps_updated()
    return (
        wanted.since_last_handled()
        & ~dg.AutomationCondition.any_deps_missing()
        & ~dg.AutomationCondition.any_deps_in_progress()
        & ~dg.AutomationCondition.in_progress()
    ).with_label("inputs are whole")
