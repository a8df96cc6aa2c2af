"""Gradients written out by hand, and the compiled loops behind them."""
