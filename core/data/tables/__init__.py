"""Tables of any file format, read in batches of rows."""
