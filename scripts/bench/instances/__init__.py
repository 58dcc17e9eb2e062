"""Public routing instances as problems of the project: one module a set."""
