"""The columns of every input frame: what must be there, what may, and what type it has.

A checked frame has every column of its schema (absent optional ones filled with the default), its
geometry in the project's metric CRS, a ``RangeIndex``, and ``source_row`` (of a table the row of
the spreadsheet, its heading counted; of a layer the feature from 1) so that any later finding can name the
row a person would look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "int", "float", "bool", "date", "time"]

PARTIES = ("enterprise", "government", "fire", "villager")
MODES = ("vehicle", "ebike", "foot", "drone")
EQUIPMENT_KINDS = ("substation", "breaker", "recloser", "switch", "tie", "transformer")
REGIONS = ("urban", "suburban", "rural", "mountain")
PLACEMENTS = ("overhead", "underground")
SERVICE_KINDS = ("station", "ecommerce", "care", "liaison")
ROUND_KINDS = ("officials", "grid_staff", "enterprises")  # the three diagnoses: who consults, goes round, is consulted
HAZARD_STATES = ("reported", "verified", "refuted", "assigned", "ready", "in_rectification", "rectified", "closed")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an input.

    Attributes
    ----------
    kind : str
        ``text, int, float, bool, date`` (ISO day) or ``time`` (``HH:MM``, kept as seconds after midnight).
    required : bool
        The file must have the column and every row a value.
    default : object
        Value of an absent optional column or an empty cell; ``None`` stays missing (``""`` for text,
        NaN for numbers, NaT for dates).
    choices : tuple of str
        Allowed values, empty for any.
    usual : tuple of str
        Values that mean something, where others may be the project's own: only their spelling is mended.
    low, high : float, optional
        Allowed range of numbers.
    aliases : tuple of str
        Other headings that mean this column, Chinese ones among them.
    """

    kind: Kind
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerSchema:
    """What one input must look like.

    Attributes
    ----------
    geometry : str
        ``line``, ``point``, ``polygon`` or ``""`` for a plain table. Point inputs may be tables with
        ``lon`` and ``lat`` columns.
    key : str
        Column whose values must be unique (empty ones are numbered); ``""`` for none.
    """

    name: str
    geometry: Literal["line", "point", "polygon", ""]
    key: str
    columns: dict[str, Column]


def _names() -> dict[str, Column]:
    return {
        "name": Column("text", default="", aliases=("名称",)),
        "name_zh": Column("text", default="", aliases=("中文名",)),
    }


LINES = LayerSchema(
    "lines",
    "line",
    "line_id",
    {
        "line_id": Column("text", default="", aliases=("线段编号", "id")),
        "feeder_id": Column(
            "text", default="", aliases=("线路编号", "线路", "馈线", "馈线编号", "馈线名称", "所属线路", "feeder")
        ),
        **_names(),
        "voltage_kv": Column("float", low=0.1, high=1200, aliases=("电压", "电压等级", "voltage")),
        "placement": Column("text", default="overhead", choices=PLACEMENTS, aliases=("敷设方式",)),
        "condition": Column("float", low=0.5, high=10, aliases=("健康指数",)),
        "install_year": Column("int", low=1880, high=2100, aliases=("投运年份",)),
        "region_class": Column("text", default="rural", usual=REGIONS, aliases=("区域类别",)),
        "owner": Column("text", default="", aliases=("产权",)),
    },
)
POLES = LayerSchema(
    "poles",
    "point",
    "",
    {
        "feeder_id": Column(
            "text",
            required=True,
            aliases=(
                "线路编号", "线路", "馈线", "馈线编号", "馈线名称", "所属线路", "线路名称", "线路名", "馈线名",
                "所属馈线", "feeder",
            ),
        ),
        "pole_no": Column(
            "text",
            required=True,
            aliases=(
                "杆号", "杆塔号", "杆塔编号", "运行杆号", "运行编号", "杆塔运行编号", "杆编号", "pole", "pole_number",
            ),
        ),
        "branch": Column(
            "text",
            default="",
            aliases=("支线", "分支", "分支线", "支线名称", "分支名称", "分支线名称", "所属支线", "所属分支线"),
        ),
        "parent_pole": Column(
            "text",
            default="",
            aliases=(
                "上级杆号", "上级杆", "父杆号", "父杆", "上级杆塔", "上级杆塔号", "上级杆塔编号", "上一级杆号",
                "上一杆号", "上一基杆号", "前一杆号", "前一基杆号", "parent",
            ),
        ),
        "type": Column("text", default="", aliases=("杆型", "杆塔类型")),
    },
)  # fmt: skip
EQUIPMENT = LayerSchema(
    "equipment",
    "point",
    "equipment_id",
    {
        "equipment_id": Column("text", default="", aliases=("设备编号", "id")),
        "kind": Column("text", required=True, choices=EQUIPMENT_KINDS, aliases=("类型", "设备类型")),
        "feeder_id": Column(
            "text", default="", aliases=("线路编号", "线路", "馈线", "馈线编号", "馈线名称", "所属线路", "feeder")
        ),
        "line_id": Column("text", default="", aliases=("线段编号",)),  # the line it stands on, where several meet
        "normally_open": Column("bool", default=False, aliases=("常开",)),
        "automated": Column("bool", default=False, aliases=("自动化",)),
        "customers": Column("float", low=0, aliases=("用户数",)),
        "capacity_kva": Column("float", low=0, aliases=("容量", "容量kVA")),
        "important": Column("text", default="", aliases=("重要等级",)),
        "owner": Column("text", default="", aliases=("产权",)),
        **_names(),
    },
)
ROADS = LayerSchema(
    "roads",
    "line",
    "",
    {
        "road_class": Column("text", default="other", aliases=("class", "highway", "等级")),
        "speed_kmh": Column("float", low=0, high=200, aliases=("maxspeed",)),
        "oneway": Column("text", default="", aliases=("单行",)),
        "surface": Column("text", default=""),
        **_names(),
    },
)
ZONES = LayerSchema(
    "zones",
    "polygon",
    "zone_id",
    {
        "zone_id": Column("text", required=True, aliases=("网格编号",)),
        **_names(),
        "leader": Column("text", default="", aliases=("网格长", "负责人")),
        "parent": Column("text", default="", aliases=("上级网格",)),
        "fire_zone": Column("bool", default=False, aliases=("防火区", "重点防火区")),  # its lines are critical
    },
)
PLACES = LayerSchema("places", "point", "", {"kind": Column("text", default="village"), **_names()})
WATER = LayerSchema("water", "line", "", {"kind": Column("text", default="canal"), **_names()})
CREWS = LayerSchema(
    "crews",
    "",
    "crew_id",
    {
        "crew_id": Column("text", required=True, aliases=("班组编号",)),
        "party": Column("text", required=True, choices=PARTIES, aliases=("主体", "参与方")),
        "mode": Column("text", required=True, choices=MODES, aliases=("交通方式",)),
        "start_lon": Column("float", required=True, low=-180, high=180, aliases=("出发经度",)),
        "start_lat": Column("float", required=True, low=-90, high=90, aliases=("出发纬度",)),
        "shift_start": Column("time", required=True, aliases=("开始时间", "上班")),
        "shift_end": Column("time", required=True, aliases=("结束时间", "下班")),
        **_names(),
        "weekdays": Column("text", default="1234567", aliases=("工作日",)),
        "people": Column("int", default=2, low=1, high=99, aliases=("人数",)),
        "members": Column("text", default="", aliases=("成员", "人员", "班组成员")),  # names, separated by |
        "end_lon": Column("float", low=-180, high=180),
        "end_lat": Column("float", low=-90, high=90),
        "skills": Column("text", default="", aliases=("技能",)),
        "zones": Column("text", default="", aliases=("网格",)),
        "max_walk_km": Column("float", low=0, high=60),
        "max_drive_km": Column("float", low=0, high=2000),
        "break_earliest": Column("time"),
        "break_latest": Column("time"),
        "break_minutes": Column("int", default=0, low=0, high=480),
        "cost_per_hour": Column("float", low=0),
        "placeholder": Column("bool", default=False),
    },
)
ROSTER = LayerSchema(
    "roster",
    "",
    "",
    {
        "date": Column("date", required=True, aliases=("日期",)),
        "crew_id": Column("text", required=True, aliases=("班组编号",)),
        "people": Column("int", low=0, high=99, aliases=("人数",)),
        "mode": Column("text", default="", choices=("", *MODES), aliases=("交通方式",)),
        "shift_start": Column("time"),
        "shift_end": Column("time"),
        "vehicle": Column("text", default="", aliases=("车辆",)),
    },
)
SERVICE_POINTS = LayerSchema(
    "service_points",
    "point",
    "point_id",
    {
        "point_id": Column("text", required=True),
        "kind": Column("text", required=True, choices=(*SERVICE_KINDS, *ROUND_KINDS)),
        "interval_days": Column("int", low=1, high=3660),
        "minutes": Column("int", default=20, low=1, high=480),
        "last_visit": Column("date"),
        "opens": Column("time"),
        "closes": Column("time"),
        "parties": Column("text", default=""),
        "skills": Column("text", default=""),
        "person": Column("text", default="", aliases=("负责人", "联系人员", "专责")),  # of a crew: who had better come
        **_names(),
    },
)
REQUESTS = LayerSchema(
    "requests",
    "point",
    "request_id",
    {
        "request_id": Column("text", required=True),
        "kind": Column("text", required=True),
        "due": Column("date", required=True),
        "minutes": Column("int", default=30, low=1, high=480),
        "parties": Column("text", default=""),
        "skills": Column("text", default=""),
        "state": Column("text", default="open", choices=("open", "done")),
        **_names(),
    },
)
ROUNDS = LayerSchema(
    "rounds",
    "",
    "round_id",
    {
        "round_id": Column("text", required=True, aliases=("三诊编号",)),
        "kind": Column("text", required=True, choices=ROUND_KINDS, aliases=("类别",)),
        "places": Column("text", required=True, aliases=("地点",)),
        "interval_days": Column("int", required=True, low=1, high=3660, aliases=("周期天数",)),
        "parties": Column("text", default="", aliases=("主体", "参与方")),
        "minutes": Column("int", default=30, low=1, high=480, aliases=("分钟",)),
        "last_done": Column("date", aliases=("上次日期",)),
        "skills": Column("text", default=""),
        "opens": Column("time"),
        "closes": Column("time"),
        **_names(),
    },
)
PATROLS = LayerSchema(
    "patrols",
    "",
    "",
    {
        "date": Column("date", required=True, aliases=("日期", "巡视日期")),
        "feeder_id": Column(
            "text", required=True, aliases=("线路编号", "线路", "馈线", "馈线编号", "馈线名称", "所属线路")
        ),
        "first_pole": Column("text", default="", aliases=("起始杆号",)),
        "last_pole": Column("text", default="", aliases=("终止杆号",)),
        "mode": Column("text", default="foot", choices=MODES),
        "party": Column("text", default="enterprise", choices=PARTIES),
        "finds": Column("int", default=0, low=0),
    },
)
FAULTS = LayerSchema(
    "faults",
    "",
    "",
    {
        "date": Column("date", required=True, aliases=("日期",)),
        "feeder_id": Column(
            "text", required=True, aliases=("线路编号", "线路", "馈线", "馈线编号", "馈线名称", "所属线路")
        ),
        "pole_no": Column("text", default="", aliases=("杆号",)),
        "cause": Column("text", default="", aliases=("原因",)),
        "customers": Column("float", low=0, aliases=("停电户数", "影响户数")),
        "minutes": Column("float", low=0, aliases=("停电时长", "停电分钟", "停电分钟数")),
    },
)
HAZARDS = LayerSchema(
    "hazards",
    "point",
    "hazard_id",
    {
        "hazard_id": Column("text", required=True),
        "type": Column("text", default="unclassified"),
        "reported": Column("date", required=True),
        "party": Column("text", default="villager", choices=PARTIES),
        "state": Column("text", default="reported", choices=HAZARD_STATES),
        "feeder_id": Column("text", default=""),
        "pole_no": Column("text", default=""),
        "description": Column("text", default=""),
        "closed": Column("date"),
    },
)
WEATHER = LayerSchema(
    "weather",
    "",
    "date",
    {
        "date": Column("date", required=True),
        "temp_c": Column("float", required=True, low=-80, high=65),
        "rh_pct": Column("float", required=True, low=0, high=100),
        "wind_kmh": Column("float", required=True, low=0, high=400),
        "rain_mm": Column("float", required=True, low=0, high=2000),
        "gusts_kmh": Column("float", low=0, high=500),
        "alerts": Column("text", default=""),
    },
)

SCHEMAS: dict[str, LayerSchema] = {
    schema.name: schema
    for schema in (
        LINES, POLES, EQUIPMENT, ROADS, ZONES, PLACES, WATER, CREWS, ROSTER, SERVICE_POINTS, ROUNDS, REQUESTS, PATROLS,
        FAULTS, HAZARDS, WEATHER,
    )
}  # fmt: skip
