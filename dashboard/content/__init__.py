"""Texts of the app: models, tour, findings."""
