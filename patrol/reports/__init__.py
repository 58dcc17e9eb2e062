"""Tables and papers drawn from a plan."""
