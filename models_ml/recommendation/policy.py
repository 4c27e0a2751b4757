"""Which slots of a list are for places the person has been to, and which for new ones.

Here belong the policies.  Which place fills a slot is `rerank`'s.
"""

from __future__ import annotations

import numpy as np

from models_ml.errors import ModelError

MIXED, NEW_ONLY, KNOWN_ONLY, ANY = "mixed", "new_only", "known_only", "any"
POLICIES = (MIXED, NEW_ONLY, KNOWN_ONLY, ANY)
NEW_EVERY = 2


def check_policy(policy: str) -> None:
    """Raises `ModelError` with the known policies unless `policy` is one."""
    if policy not in POLICIES:
        raise ModelError(
            f"no policy is called {policy!r}", where="policy", fix=f"one of {', '.join(POLICIES)}"
        )


def allowed(policy: str, is_known: np.ndarray) -> np.ndarray:
    """Whether a place may be on a list at all, from whether the person has been there."""
    if policy == NEW_ONLY:
        return ~is_known
    return is_known if policy == KNOWN_ONLY else np.ones_like(is_known)


def new_slots(policy: str, k: int) -> np.ndarray | None:
    """For each slot whether it is for a new place; None where slots are for either.

    Under `mixed` every `NEW_EVERY`-th is; where a person has no place of the kind left, the slot
    takes the other kind.
    """
    return np.arange(k) % NEW_EVERY == NEW_EVERY - 1 if policy == MIXED else None
