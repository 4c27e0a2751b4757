"""Group `features`: features and sequences."""
