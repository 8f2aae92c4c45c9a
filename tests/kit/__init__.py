"""Tests of the conformance kit itself: its reference provider, and the mutants that its checks catch."""
