"""Exploring trained models: neighbours, search, paths, maps, cold start, exports."""
