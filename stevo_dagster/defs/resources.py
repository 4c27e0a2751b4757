"""Resources of the code location: the home that assets work on.

Belongs here: what a run needs from outside. Does not belong here: settings themselves.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from stevo_dagster.settings import Settings, load_settings


class HomeResource(dg.ConfigurableResource):
    """The home folder; all else is read from it and from the environment when a run starts."""

    path: str

    def settings(self) -> Settings:
        """Settings of this home."""
        return load_settings(Path(self.path))
