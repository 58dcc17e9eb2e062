"""Settings of the risk model: what weather, season, reporters and ageing do to hazards."""

from __future__ import annotations

from dataclasses import dataclass

from patrol.config.field import setting


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """How likely hazards are, and how soon they become faults."""

    hot_spot_finds: float = setting(
        1.0, "finds that the usual rate of a section weighs as much as (a of the gamma-Poisson hot-spot factor)",
        guess=True, low=0.01, high=1000,
    )  # fmt: skip
    hot_spot_report_days: int = setting(
        3, "a hazard first reported this long after a patrol of its section by the same party was found on it",
        guess=True, low=0, high=30,
    )  # fmt: skip
    fire_weather_days: int = setting(
        30, "fewest days of weather from which fire weather is reckoned; with fewer, seasons alone count",
        guess=True, low=1, high=366,
    )  # fmt: skip
    fire_gap_days: int = setting(
        3, "days without weather that are filled from the day before (no rain); after more, fire weather starts afresh",
        guess=True, low=0, high=30,
    )  # fmt: skip
    fire_fwi: float = setting(
        21.3, "fire weather index from which x_fireweather holds (EFFIS: high 21.3, very high 38, extreme 50)",
        guess=True, low=0, high=200,
    )  # fmt: skip
    wind_kmh: float = setting(39.0, "noon wind from which x_wind holds (force 6)", guess=True, low=0, high=400)
    gusts_kmh: float = setting(50.0, "gusts from which x_wind holds (force 7)", guess=True, low=0, high=500)
    heavy_rain_mm: float = setting(
        25.0, "rain in 24 hours from which x_heavy_rain holds (大雨)", guess=True, low=0, high=2000
    )
    heat_c: float = setting(33.0, "temperature at noon from which x_heat holds", guess=True, low=0, high=65)
    ice_c: float = setting(
        1.0, "temperature at noon up to which what falls freezes on lines (x_ice)", guess=True, low=0, high=20
    )
    ice_mm: float = setting(
        0.5, "rain or melted snow in 24 hours from which cold makes ice (x_ice)", guess=True, low=0, high=2000
    )
    alert_hours: float = setting(
        24.0, "hours that a warning holds which does not say when it ends", guess=True, low=0, high=720
    )
    alert_wind: list[str] = setting(
        ["wind", "gale", "squall", "typhoon", "hurricane", "cyclone", "tornado", "sandstorm", "duststorm", "dust storm",
         "blizzard", "storm", "severe thunderstorm", "大风", "强风", "阵风", "狂风", "飓风", "飑", "风暴", "台风",
         "龙卷", "沙尘", "强对流"],
        "words of warnings that mean wind (x_wind)", filled=True,
    )  # fmt: skip
    alert_heavy_rain: list[str] = setting(
        ["heavy rain", "heavy rainfall", "rain warning", "rainstorm", "downpour", "cloudburst", "flood", "flooding",
         "flash flood", "typhoon", "hurricane", "cyclone", "landslide", "mudslide", "debris flow", "大雨", "暴雨",
         "强降雨", "强降水", "洪水", "洪涝", "山洪", "内涝", "渍涝", "台风", "地质灾害", "滑坡", "泥石流"],
        "words of warnings that mean heavy rain (x_heavy_rain)", filled=True,
    )  # fmt: skip
    alert_heat: list[str] = setting(
        ["heat", "heatwave", "high temperature", "hot", "高温", "热浪"],
        "words of warnings that mean heat (x_heat)", filled=True,
    )  # fmt: skip
    alert_ice: list[str] = setting(
        ["ice", "icing", "icy", "freezing rain", "glaze", "rime", "snow", "snowstorm", "snowfall", "blizzard", "冰冻",
         "覆冰", "结冰", "积冰", "冻雨", "雨凇", "雾凇", "暴雪", "大雪", "雪灾"],
        "words of warnings that mean ice or wet snow on lines (x_ice)", filled=True,
    )  # fmt: skip
    alert_thunder: list[str] = setting(
        ["lightning", "thunder", "thunderstorm", "t-storm", "tstorm", "hail", "tornado", "雷", "冰雹", "龙卷",
         "强对流"],
        "words of warnings that mean thunder (x_thunder)", filled=True,
    )  # fmt: skip
    alert_fireweather: list[str] = setting(
        ["fire weather", "fire danger", "fire risk", "fire", "wildfire", "red flag", "火险", "山火", "林火", "火灾"],
        "words of warnings that mean fire weather (x_fireweather)", filled=True,
    )  # fmt: skip
    report_base: float = setting(
        0.2, "chance that a hazard is true before anybody's report of it is weighed", guess=True, low=0.001, high=0.999
    )
    report_staff: float = setting(
        0.95, "chance that a hazard reported by the utility's staff is true", guess=True, low=0.01, high=0.99
    )
    report_fire: float = setting(0.85, "the same, reported by the fire service", guess=True, low=0.01, high=0.99)
    report_government: float = setting(
        0.75, "the same, reported by an official or grid worker", guess=True, low=0.01, high=0.99
    )
    report_villager: float = setting(0.55, "the same, reported by a villager", guess=True, low=0.01, high=0.99)
    report_drone: float = setting(
        0.60, "the same, found by software in a drone's pictures or told by another device", guess=True, low=0.01,
        high=0.99,
    )  # fmt: skip
    report_satellite: float = setting(
        0.45, "the same, seen by a satellite: mostly a real fire, less surely one at this line", guess=True, low=0.01,
        high=0.99,
    )  # fmt: skip
    report_weight: float = setting(
        10.0, "verified or refuted reports that these chances weigh as much as", guess=True, low=0.1, high=10_000
    )
    report_repeat: float = setting(
        0.5, "weight of a household's second report of one hazard; the third weighs this times this, and so on",
        guess=True, low=0, high=1,
    )  # fmt: skip
    report_clip: float = setting(
        4.0, "bound of the log-odds that a hazard is true: 4 leaves a chance of 0.018 to 0.982", guess=True, low=0.5,
        high=20,
    )  # fmt: skip
    repair_left: float = setting(
        0.1, "chance that a hazard said to be rectified is still there before a second look", guess=True, low=0, high=1
    )
