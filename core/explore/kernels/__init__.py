"""Compiled loops over the scores of whole catalogues."""
