"""Compiled loops over baskets."""
