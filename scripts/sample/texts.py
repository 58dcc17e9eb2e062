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
rounds = "rounds.csv"                      # the three diagnoses: consultations and rounds that come again
requests = { path = "requests.csv", crs = "EPSG:4326" }  # a table with lon and lat has to say what they are
patrols = "patrols.csv"                    # what was patrolled when, from pole to pole
faults = "faults.csv"                      # cause: a code of the hazard types
hazards = { path = "hazards.csv", crs = "EPSG:4326" }
weather = "weather.csv"                    # noon values
register = "register.gpkg"                 # made by the first: patrol hazards add, or import
field = "field.db"                         # what came back from the field; made by: patrol field import
calendar = "calendar.toml"                 # holidays, campaigns, events whose supply is guaranteed

# Every setting has a default; `patrol init` lists them all with their meaning. This county has two rules of its own,
# invented like the rest. Canals, trees and greenhouses stand beside its lines: it sees every line every eight weeks.
[settings.cycles.days]
urban = 56
rural = 56
cable = 56
# And a plan looks three days beyond its end: sections that fall due then are work that a crew may take along.
[settings.planning]
lookahead_days = 3
# Times are up to 30 % longer or shorter than planned, and nine of ten shifts shall end on time all the same.
[settings.defence]
spread = 0.3
on_time = 0.9
# For example:
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

Layers: GeoJSON, WGS84. Tables: CSV, UTF-8 with BOM. Two years of records end on 2024-08-15; the demo plans from
2024-08-16. Descriptions of hazards hold a few characters that break careless programs, on purpose.

The story of the records: the county patrols every line every eight weeks, critical ones every four (its own rule, in
project.toml). For two years the crews, with the hours they have, walked what was most overdue by the calendar, and
they nearly kept up: some 35 sections are a few days late. So due dates are level, week by week as much falls due as
gets done, and every normal week needs about 1.4 times the hours that the crews have; so do the five days from
2024-08-16. What must be done (overdue, promised, emergencies, cycles that end within the period) takes three quarters
of the hours of those five days and all of a normal week's; the rest of the work, which falls due in the three days
after the period or waits for a look, is a choice. So is, in a normal week, which cycles are kept.

Hazards, faults and finds come from one process (scripts/sample/world.py and hazards.py). Its parameters are NOT those
of the patrol package, on purpose: rates, chances of a fault, lasting and detection differ by type; seasons come ten
days late and weigh otherwise; and rates differ from place to place (log-sd 0.9: beside water, round villages, and in
patches that nothing explains). People report what they see near their villages. What nobody found or reported is in
no table. "finds" of a patrol is how many hazards its party reported from its stretch on that day. A storm on 14
August brought some reports that were set by hand, like the three emergencies of the last day.

Crew hours are what patrol really gets. A line crew is promised for two half-days a week, and of each half-day
2 h 15 min are left for patrol once tools, briefing and other calls are done with; officials give 2 h, the fire service
1.5 h, and villagers at most 2 h a week near home.

记录中的情节:本县自定规则为线路每八周巡视一次,重要线路每四周一次(见 project.toml)。两年来各班组按实有工时,
总是先巡最逾期的区段,基本跟得上:约35段超期数日。因此到期日均匀,每周到期量与完成量相当,正常一周所需工时约为
可用工时的1.4倍,自8月16日起五天也是如此。必办任务(超期、已约定、危急及期内届满的周期)约占这五天可用工时的
四分之三,正常一周则占满全部工时;其余为期后三天内到期或待核实的工作,由规划取舍;正常一周里,哪些周期能够保住,
同样要取舍。
隐患、故障与巡视发现数出自同一随机过程,其参数有意不同于软件包的默认值:各类型的发生率、致故障率、存续时间与
发现率均不同,季节推迟十天且强弱有别,各地发生率不同(近水、近村及成片的无名差异)。村民上报村庄附近所见;
无人发现、无人上报者不在任何表中。"finds"为该次巡视当日由该方在该段上报的隐患数。
8月14日大风雷雨后的若干上报与最后一天的三条危急隐患为人工设定。
班组工时按实际可用计:供电班组每周两个半天,每个半天扣除领料、交底和其他工作后可巡视 2 小时 15 分;
乡镇村组 2 小时,消防 1.5 小时,村民每周至多 2 小时且不远离住处。
"""
