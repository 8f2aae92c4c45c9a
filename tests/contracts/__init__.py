"""Tests whose cases are made from the vendors' contracts in ``docs/contracts``."""
