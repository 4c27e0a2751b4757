"""Group `release`: the release that readers get."""
