"""Tables in batches of rows, whatever they are kept in."""
