"""Settings: frozen dataclasses whose defaults can all be edited in ``project.toml``.

Every field says its unit and meaning in its metadata, and ``guess=True`` marks an expert's default
without a source, which is printed as such. ``patrol init`` writes its commented template from here,
so a setting cannot exist without being documented.
"""

from patrol.config.defence import DefenceSettings
from patrol.config.field import setting
from patrol.config.reading import build_settings, check_settings, unknown_key
from patrol.config.risk import RiskSettings
from patrol.config.settings import (
    BUDGETS,
    ENGINES,
    ConsequenceSettings,
    CycleSettings,
    FieldSettings,
    HazardSettings,
    MapSettings,
    NetworkSettings,
    PatrolSettings,
    PlanningSettings,
    Settings,
    SolverSettings,
    TravelSettings,
)

__all__ = [
    "BUDGETS",
    "ENGINES",
    "ConsequenceSettings",
    "CycleSettings",
    "DefenceSettings",
    "FieldSettings",
    "HazardSettings",
    "MapSettings",
    "NetworkSettings",
    "PatrolSettings",
    "PlanningSettings",
    "RiskSettings",
    "Settings",
    "SolverSettings",
    "TravelSettings",
    "build_settings",
    "check_settings",
    "setting",
    "unknown_key",
]
