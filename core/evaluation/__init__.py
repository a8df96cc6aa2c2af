"""Evaluation on held-out pairs: measures, rankings, intervals, the results table."""
