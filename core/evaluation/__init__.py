"""Honest evaluation: metrics, negatives, rankings, intervals, the results table."""
