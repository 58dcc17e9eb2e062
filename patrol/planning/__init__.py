"""From frames to a routing problem, and from its solution to a plan."""
