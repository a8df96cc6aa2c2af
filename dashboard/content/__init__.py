"""Texts of the app: models, tour, key figures."""
