"""The artifacts on disk: data sets, splits, runs, checkpoints."""
