"""Compiled (numba) loops over the product graph."""
