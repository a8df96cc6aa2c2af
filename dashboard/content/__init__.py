"""Texts of the app: models, method, key figures."""
