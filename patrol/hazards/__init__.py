"""Hazard types, and (with the register) reports and their life."""
