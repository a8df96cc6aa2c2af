"""Files for other programs and people: a module per format, listed in `registry.py`."""
