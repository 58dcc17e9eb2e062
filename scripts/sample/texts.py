"""The project file and the README of the sample."""

PROJECT = """\
# Project file of the sample county. Everything below is invented; see README.txt.
# Every path is relative to this file, and nothing is read that is not named here.
config_version = 1
name = "Pingluo sample county (synthetic)"
name_zh = "平罗示范县(虚构数据)"
synthetic = true          # results say so in their titles
timezone = "Asia/Shanghai"
language = "zh"           # of summaries and papers: "zh" or "en"
crs = "EPSG:4545"         # CGCS2000, 3-degree Gauss-Krueger zone 108E; metres for every length and distance

# Layers are GeoJSON, which is WGS84 by its standard, so no CRS is declared. A layer in another CRS says so:
# lines = { path = "lines.gpkg", layer = "lines", crs = "EPSG:4545" }
[inputs]
lines = "lines.geojson"                    # one feature a span, pole to pole
poles = "poles.geojson"                    # numbered; 012B03 is the third on the first branch from pole 012
equipment = "equipment.geojson"            # substations, breakers, reclosers, switches, ties, transformers
roads = "roads.geojson"
water = "water.geojson"
zones = "zones.geojson"                    # zones with their leaders
places = "places.geojson"
crews = "crews.csv"                        # weekdays: 1 = Monday ... 7 = Sunday
roster = "roster.csv"                      # days on which a crew differs; people = 0 means absent
service_points = "service_points.geojson"
requests = { path = "requests.csv", crs = "EPSG:4326" }  # a table with lon and lat has to say what they are
patrols = "patrols.csv"                    # what was patrolled when, from pole to pole
faults = "faults.csv"                      # cause: a code of the hazard types
hazards = { path = "hazards.csv", crs = "EPSG:4326" }
weather = "weather.csv"                    # noon values
register = "register.gpkg"                 # made by the first: patrol hazards add, or import
calendar = "calendar.toml"                 # holidays, campaigns, events whose supply is guaranteed

# Every setting has a default; `patrol init` lists them all with their meaning. For example:
# [settings.cycles.days]
# urban = 30
# rural = 90
# [settings.planning.emergency_numbers]
# power = "95598"
# fire = "119"
"""

CALENDAR = """\
# Calendar of the sample county: invented events on real holidays. Seasons are the package's own.
[[holidays]]
name = "Mid-Autumn Festival"
name_zh = "中秋节"
start = 2024-09-15
end = 2024-09-17

[[holidays]]
name = "National Day"
name_zh = "国庆节"
start = 2024-10-01
end = 2024-10-07

[[campaigns]]
name = "No straw fires"
name_zh = "秸秆禁烧专项行动"
start = 2024-09-15
end = 2024-11-14

# While it lasts, the sections of its feeders are critical and have half their cycle.
[[supply_guarantees]]
name = "County fair"
name_zh = "县农民丰收节保供电"
start = 2024-09-20
end = 2024-09-23
feeders = ["F611"]
parts = [{ feeder_id = "F613", first_pole = "001", last_pole = "020" }]
"""

README = """\
SAMPLE DATA: INVENTED, NOT A REAL GRID
======================================
An irrigated county modelled on Pingluo, Ningxia. Only the names of places are real. Lines, roads, canals, zones,
crews, people, patrols, faults, hazards and weather are made up by scripts/make_sample_data.py from a fixed seed, and
are no statement about any real place, company or person. The county is drawn a few kilometres east of the real one,
so that all of it lies in one 3-degree zone (EPSG:4545, 106.5E to 109.5E).

Made again, byte for byte, by:  python scripts/make_sample_data.py --out sample_data

示例数据：纯属虚构
==================
以宁夏平罗为蓝本的灌区县。仅地名为真实地名；线路、道路、渠系、网格、班组、人名、巡视、故障、隐患与天气
均由程序按固定种子生成，与任何真实电网、单位、个人无关。

Layers: GeoJSON, WGS84. Tables: CSV, UTF-8 with BOM. The year of records ends on 2024-08-15; the demo plans from
2024-08-16. Descriptions of hazards hold a few characters that break careless programs, on purpose.

The story of the records: on 21 and 22 May the county walked with all hands before the summer peak, and on 5 July it
went along its critical lines again. What nobody has seen since falls due on 19 and 20 August, all together, while
about 45 sections slipped when the canals were in flood and are overdue. Five days from 2024-08-16, and the week
from 2024-08-19, each need about 1.4 times the hours that the crews have; what must be done takes a third of them.
So most of a plan is a choice.

Crew hours are what patrol really gets. A line crew is promised for two half-days a week, and of each half-day
2 h 15 min are left for patrol once tools, briefing and other calls are done with; officials give 2 h, the fire service
1.5 h, and villagers at most 2 h a week near home.

记录中的情节：5月21日至22日迎峰度夏前全员特巡,7月5日复巡重要线路;此后未再巡视的区段于8月19日至20日集中到期。
另有约45段因汛期搁置而超期。自8月16日起五天、自8月19日起一周,所需工时均约为可用工时的1.4倍,
其中必办任务约占可用工时的三分之一,其余由规划取舍。
班组工时按实际可用计:供电班组每周两个半天,每个半天扣除领料、交底和其他工作后可巡视 2 小时 15 分;
乡镇村组 2 小时,消防 1.5 小时,村民每周至多 2 小时且不远离住处。
"""
