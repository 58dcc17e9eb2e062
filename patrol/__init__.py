"""patrol: patrol routes and joint hazard defence for rural distribution lines."""

__version__ = "0.1.0"
