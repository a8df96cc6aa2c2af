"""Compiled (numba) loops over the scores of whole catalogues."""
