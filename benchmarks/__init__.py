"""Benchmarks: each module prints what it measures; `python -m benchmarks` runs them all."""
