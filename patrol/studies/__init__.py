"""Studies: the model against the calendar, in simulation and against what was found."""
