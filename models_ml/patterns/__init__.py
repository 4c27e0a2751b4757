"""Patterns in what people do: pure functions from counts to tables that carry their uncertainty."""
