"""Settings: frozen dataclasses whose defaults can all be edited in ``project.toml``."""

from __future__ import annotations

from dataclasses import dataclass, field

from patrol.config.defence import DefenceSettings
from patrol.config.field import setting
from patrol.config.risk import RiskSettings

ENGINES = ("default", "ruin", "ortools", "greedy")
BUDGETS = ("fast", "normal", "thorough")
SEASON_WHERE = ("all", "pumps", "fire_zone", "critical")


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """How lines become feeders and sections (lengths in metres)."""

    snap_tolerance_m: float = setting(1.0, "line ends this close are one joint", low=0, high=50)
    equipment_snap_m: float = setting(30.0, "equipment this close to a line stands on it", low=0, high=500)
    pole_snap_m: float = setting(15.0, "a pole this close to a line stands on it", low=0, high=200)
    section_max_m: float = setting(500.0, "longest section patrolled in one go", low=50, high=5000)
    distribution_max_kv: float = setting(
        35.0, "lines above this voltage are kept apart and not patrolled", low=1, high=1500
    )


@dataclass(frozen=True, slots=True)
class TravelSettings:
    """How crews move between stops."""

    road_kmh: dict[str, float] = setting(
        {
            "motorway": 90, "trunk": 70, "primary": 60, "secondary": 50, "tertiary": 45, "unclassified": 40,
            "residential": 30, "living_street": 15, "service": 20, "track": 15, "path": 0, "footway": 0,
            "cycleway": 0, "bridleway": 0, "steps": 0, "pedestrian": 0, "other": 25,
        },
        "driving speed by road class in km/h; 0 means not drivable", guess=True, low=0, high=200,
    )  # fmt: skip
    ebike_kmh: float = setting(18.0, "e-bike, at most the road's own speed", guess=True, low=1, high=50)
    foot_kmh: float = setting(4.0, "walking between stops, not inspecting", guess=True, low=1, high=8)
    road_snap_tolerance_m: float = setting(1.0, "road ends this close are one crossing", low=0, high=20)
    detour_factor: float = setting(
        1.3, "path length over straight line, off the road or where no roads are given", guess=True, low=1, high=3
    )
    no_road_kmh: float = setting(
        25.0, "vehicle speed where the project has no roads layer", guess=True, low=1, high=200
    )
    max_walk_in_m: float = setting(
        1500.0, "longest walk from the car to a line, one way", guess=True, low=0, high=100_000
    )
    foot_direct_m: float = setting(
        3000.0, "longest cross-country walk between two stops", guess=True, low=0, high=100_000
    )


@dataclass(frozen=True, slots=True)
class PatrolSettings:
    """How long the work itself takes."""

    foot_kmh: float = setting(2.0, "walking and inspecting on flat ground", guess=True, low=0.2, high=6)
    vehicle_kmh: float = setting(
        15.0, "inspecting from a slow car with two people, road beside the line", guess=True, low=1, high=60
    )
    ebike_kmh: float = setting(8.0, "inspecting from an e-bike, road beside the line", guess=True, low=1, high=25)
    drone_kmh: float = setting(10.0, "net speed of a drone along the line", guess=True, low=1, high=60)
    roadside_m: float = setting(
        50.0, "a line this close to a road can be inspected from it", guess=True, low=0, high=100_000
    )
    drone_setup_s: int = setting(600, "setting up and packing a drone, a stop", guess=True, low=0, high=86_400)
    drone_swap_s: int = setting(1200, "flying time between battery swaps", guess=True, low=60, high=86_400)
    drone_swap_takes_s: int = setting(180, "a battery swap", guess=True, low=0, high=86_400)
    drone_reach_m: float = setting(1000.0, "farthest a drone works from its pilot", guess=True, low=0, high=100_000)
    equipment_stop_s: int = setting(180, "extra look at a transformer or switch", guess=True, low=0, high=86_400)
    visit_s: int = setting(900, "verify a hazard and serve notice", guess=True, low=0, high=86_400)


@dataclass(frozen=True, slots=True)
class CycleSettings:
    """Longest interval between two patrols of a section, in days."""

    days: dict[str, int] = setting(
        {"urban": 30, "suburban": 90, "rural": 90, "mountain": 90, "cable": 90},
        "by region class; cable for underground sections",
        guess=True,
        low=1,
        high=3650,
    )
    default_days: int = setting(90, "where the region class is not in the table", guess=True, low=1, high=3650)
    critical_factor: float = setting(
        0.5, "a critical section's cycle is multiplied by this", guess=True, low=0.05, high=1
    )
    cold_start: str = setting(
        "", "day from which unknown last patrols are spread over a cycle by consequence; empty: the plan's own"
    )
    critical_top_share: float = setting(0.10, "this share of sections by consequence is critical", low=0, high=1)
    season_factor: dict[str, float] = setting(
        {"spring_festival": 0.75, "spring_agri": 0.75, "qingming": 0.5, "autumn_harvest": 0.75},
        "cycles are multiplied by this in a season of the calendar, on the sections of season_where",
        guess=True, low=0.05, high=1,
    )  # fmt: skip
    season_where: dict[str, str] = setting(
        {"spring_festival": "all", "spring_agri": "pumps", "qingming": "fire_zone", "autumn_harvest": "fire_zone"},
        "where a season shortens cycles: all, pumps (pump stations behind), fire_zone, critical", guess=True,
    )  # fmt: skip
    least_gap: float = setting(
        0.5, "two patrols of a section lie at least this share of its cycle apart", guess=True, low=0.05, high=1
    )
    late_ecm_day: float = setting(
        10.0, "what each day costs by which a section is patrolled after it was due", guess=True, low=0, high=1e6
    )


@dataclass(frozen=True, slots=True)
class ConsequenceSettings:
    """What one fault costs, in equivalent customer-minutes (ECM)."""

    ecm_per_interruption: float = setting(41.0, "one customer interrupted once (CNAIM: 18.55 / 0.45)", low=0, high=1e5)
    switching_manual_min: float = setting(
        45.0, "minutes to restore by a hand-operated switch", guess=True, low=0, high=20_160
    )
    switching_auto_min: float = setting(
        3.0, "minutes to restore by an automated switch", guess=True, low=0, high=20_160
    )
    repair_min: float = setting(180.0, "minutes to locate and repair", guess=True, low=0, high=20_160)
    important_weight: dict[str, float] = setting(
        {"special": 200, "1": 150, "2": 100, "temporary": 100, "care": 50, "pump": 50},
        "households that one important user counts as, by grade", guess=True, low=0, high=10_000,
    )  # fmt: skip
    customers_per_kva: float = setting(
        0.3, "customers a kVA where a transformer has no count", guess=True, low=0, high=100
    )
    customers_per_km: float = setting(
        8.0, "customers a km of line where neither count nor kVA is known", guess=True, low=0, high=10_000
    )
    fire_ecm: float = setting(
        1e6, "one fire started, by policy: 1e5 desert to 1e7 forest or village", guess=True, low=0, high=1e9
    )
    fire_zone_ecm: float = setting(
        1e7, "the same in a zone that is marked as one that burns", guess=True, low=0, high=1e9
    )
    injury_ecm: float = setting(2e7, "one person injured, by policy", guess=True, low=0, high=1e9)


@dataclass(frozen=True, slots=True)
class PlanningSettings:
    """What may be planned, for whom, and at what price."""

    fix_lead_days: float = setting(
        7.0, "days from finding a hazard to its repair; less where its deadline is sooner", guess=True, low=0, high=3650
    )
    hour_ecm: float = setting(60.0, "price of a crew's working hour", guess=True, low=0, high=1e6)
    shift_ecm: float = setting(
        30.0, "price of sending a crew out at all on a shift, so that work clusters", guess=True, low=0, high=1e6
    )
    due_ecm: float = setting(
        150.0, "added to the prize of all that is due: no due work is left undone to save hours", guess=True, low=0,
        high=1e9,
    )  # fmt: skip
    visit_weight: int = setting(
        1,
        "due cycles of sections that a due visit to a service point counts as, in what must be done",
        guess=True,
        low=1,
        high=100,
    )
    visit_ecm: float = setting(
        400.0, "worth of a promised visit to a service point or request", guess=True, low=0, high=1e9
    )
    km_ecm: float = setting(1.0, "price of a driven kilometre", guess=True, low=0, high=1e5)
    change_ecm: float = setting(
        1000.0,
        "price of a replan's giving a task to another crew or day than the plan had",
        guess=True,
        low=0,
        high=1e9,
    )
    lookahead_days: int = setting(
        0, "sections that fall due this long after the last day may fill spare hours", guess=True, low=0, high=366
    )
    volunteer_hours_week: float = setting(2.0, "most hours a week for a villager; may be less", low=0, high=2)
    volunteer_walk_m: float = setting(2000.0, "farthest a villager goes from home; may be less", low=0, high=2000)
    night_people: int = setting(
        2, "fewest people in a crew in the dark, in the mountains and in a storm", low=2, high=100
    )
    storm_wind_kmh: float = setting(
        39.0, "wind or gusts from which it is a storm (force 6)", guess=True, low=0, high=62
    )
    danger_m: float = setting(
        500.0, "nobody but those who may look at it comes this near an emergency", guess=True, low=8, high=100_000
    )
    beside_m: float = setting(
        50.0, "the same for live or falling parts that are no emergency", guess=True, low=8, high=100_000
    )
    daylight: list[str] = setting(
        ["06:30", "19:00"], "nothing before and after counts as daylight, however early the sun rises", guess=True
    )
    daylight_margin_min: float = setting(
        15.0, "minutes after sunrise and before sunset that do not count as daylight either", guess=True, low=0,
        high=240,
    )  # fmt: skip
    customer_owners: list[str] = setting(
        ["customer", "user", "private", "用户", "客户", "用户资产"],
        "words in the column owner that mean a customer's asset: crews look and serve notice only",
        filled=True,
    )
    emergency_numbers: dict[str, str] = setting(
        {"power": "95598", "fire": "119"}, "numbers printed with CALL NOW", filled=True
    )


@dataclass(frozen=True, slots=True)
class HazardSettings:
    """How reports become hazards, and how long those may stand (distances in metres)."""

    reach_m: float = setting(
        150.0, "a report farther from every line than this is off the network", guess=True, low=1, high=100_000
    )
    uncertainty_m: dict[str, float] = setting(
        {"lonlat": 15, "pole": 5, "equipment": 5, "along": 30, "area": 500},
        "radius of a place that does not state its own, by how it was located", guess=True, low=0, high=100_000,
    )  # fmt: skip
    duplicate_m: float = setting(
        30.0,
        "reports this close along the line, plus both uncertainties, may be one hazard",
        guess=True,
        low=0,
        high=100_000,
    )
    duplicate_persist: float = setting(
        3.0,
        "passing things are one hazard only within this many times their usual stay",
        guess=True,
        low=0.1,
        high=1000,
    )
    same_point_max: int = setting(
        20, "more reports of one file than this on exactly one point: the point is a default, not a place",
        guess=True, low=2, high=1_000_000,
    )  # fmt: skip
    outside_km: float = setting(
        20.0, "a report this far outside the lines is not of this project", guess=True, low=0, high=20_000
    )
    static_days: int = setting(
        5, "a satellite pixel hot on this many different days is industry, not a fire", guess=True, low=2, high=3650
    )
    deadline_hours: dict[str, float] = setting(
        {"emergency": 24, "serious": 168, "general": 720}, "hours from report to rectification, by class", guess=True,
        low=1, high=87_600,
    )  # fmt: skip
    escalate_station: float = setting(0.5, "share of the deadline after which the station takes over", low=0, high=1)
    escalate_county: float = setting(1.0, "share of the deadline after which the county takes over", low=0, high=5)


@dataclass(frozen=True, slots=True)
class FieldSettings:
    """What is taken of what comes back from the field: tracks, and how they are put on lines (lengths in metres)."""

    tracks: bool = setting(False, "take in the tracks of crews; switch it on when those who walk have agreed")
    track_days: int = setting(90, "a track is deleted this many days after its day", guess=True, low=1, high=3650)
    reach_m: float = setting(
        15.0, "a fix this close to a line is along it; twice its own accuracy where that is more", guess=True, low=2,
        high=60,
    )  # fmt: skip
    reach_most_m: float = setting(
        40.0, "no fix farther from a line than this is along it, however poor its accuracy", guess=True, low=2, high=75
    )
    gap_m: float = setting(
        80.0, "between two fixes farther apart than this nobody knows what was walked", guess=True, low=10, high=1000
    )
    max_kmh: dict[str, float] = setting(
        {"foot": 8, "ebike": 20, "vehicle": 30, "drone": 45},
        "faster than this is travel and no patrol, by the crew's mode", guess=True, low=1, high=200,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class MapSettings:
    """What the planner's page shows besides what lies in it. Field pages never ask for anything."""

    tiles: str = setting(
        "", "address of raster tiles under the planner's map, such as https://tiles.example/{z}/{x}/{y}.png, in Web "
        "Mercator of WGS84; empty: none. Who serves them learns which places are looked at",
    )  # fmt: skip
    tiles_credit: str = setting("", "whose tiles they are, shown on the map; their licence asks for it")


@dataclass(frozen=True, slots=True)
class SolverSettings:
    """Search effort; the same inputs, seed and iterations give the same plan."""

    engine: str = setting("default", "default (the whole scheme), ruin, ortools or greedy")
    seed: int = setting(1, "seed of the search", low=0, high=2**31 - 1)
    budget: str = setting("normal", "how long to search: fast, normal or thorough")
    iterations: int = setting(
        0, "steps of each search (pieces, for ortools) instead of the budget's; 0: as the budget says", low=0,
        high=1_000_000_000,
    )  # fmt: skip
    streams: int = setting(2, "searches side by side; part of what makes a plan repeatable", low=1, high=64)
    seconds: float = setting(300.0, "outer bound on the search; a plan it cut short says so", low=1, high=1e7)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a project."""

    network: NetworkSettings = field(default_factory=NetworkSettings)
    travel: TravelSettings = field(default_factory=TravelSettings)
    patrol: PatrolSettings = field(default_factory=PatrolSettings)
    cycles: CycleSettings = field(default_factory=CycleSettings)
    consequence: ConsequenceSettings = field(default_factory=ConsequenceSettings)
    planning: PlanningSettings = field(default_factory=PlanningSettings)
    hazards: HazardSettings = field(default_factory=HazardSettings)
    defence: DefenceSettings = field(default_factory=DefenceSettings)
    risk: RiskSettings = field(default_factory=RiskSettings)
    solver: SolverSettings = field(default_factory=SolverSettings)
    maps: MapSettings = field(default_factory=MapSettings)
    field: FieldSettings = field(default_factory=FieldSettings)  # the last: its name hides the function
