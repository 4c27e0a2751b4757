"""Patterns in space: hot spots, flows between cells, autocorrelation, movement of people."""
