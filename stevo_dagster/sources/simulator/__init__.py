"""The city simulator: seeded behaviour events with a known truth beside them.

Belongs here: what other parts may call. Does not belong here: how any of it is made (one module an
idea: `geography`, `life`, `city`, `people`, `calendar`, `schedule`, `funnel`, `hot_spot`,
`null_city`, `physics`, `intruders`, `world`, `columns`, `dirt`, `dirt_kinds`, `writer`, `truth`).
It is no reader: its files are ingested as anyone's are.
"""

from stevo_dagster.sources.simulator.run import SimulationResult, simulate, simulate_table

__all__ = ["SimulationResult", "simulate", "simulate_table"]
