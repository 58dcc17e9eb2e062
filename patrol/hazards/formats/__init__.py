"""Parsers of reports in the forms people and systems send them."""
