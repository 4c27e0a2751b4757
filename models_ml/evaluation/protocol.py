"""On whom and when recommendations are measured, and under which policy they are made.

Here belong the settings and their checks; what is done with them is `recommending`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from models_ml.errors import ModelError
from models_ml.recommendation.policy import MIXED, check_policy


@dataclass(frozen=True)
class Protocol:
    """Who is asked about and when: at most `users` people drawn by `seed`, at `moments` moments
    spread over the split so that the `horizon_days` after each lie inside it (a shorter split has
    one moment, its start); under which `policy`.
    """

    users: int = 200
    moments: int = 2
    horizon_days: float = 3.0
    policy: str = MIXED
    seed: int = 0

    def __post_init__(self) -> None:
        check_policy(self.policy)
        if not (self.users >= 1 and self.moments >= 1 and 0 < self.horizon_days < inf):
            raise ModelError(
                "users and moments must be at least 1, horizon_days above 0", where="Protocol"
            )
