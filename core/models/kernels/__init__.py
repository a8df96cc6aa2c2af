"""Compiled (numba) loops that several models share."""
