"""Compiling numeric loops; see :mod:`patrol.compiled`."""

from patrol.compiled import compiled

__all__ = ["compiled"]
