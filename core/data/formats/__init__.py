"""Input formats: how files of each kind are recognised and read."""
