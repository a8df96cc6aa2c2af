"""The command line: commands, printed reports, progress bars, errors."""
