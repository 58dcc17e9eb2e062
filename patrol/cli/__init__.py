"""The command line: thin modules over the same functions that scripts and notebooks call."""
