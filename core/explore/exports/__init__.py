"""What leaves for other programs and other people: one file a format, named in `registry.py`."""
