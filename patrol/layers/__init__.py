"""Inputs become checked frames in one metric CRS."""
