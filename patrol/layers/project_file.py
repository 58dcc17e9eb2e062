"""The text of a commented ``project.toml``, made from the settings themselves so that none is forgotten."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from patrol.config import Settings
from patrol.layers.schema import SCHEMAS
from patrol.project import CONFIG_VERSION, INPUTS, MADE_WHEN_NEEDED

# What each input is, for the comment above it.
INPUT_NOTES: dict[str, tuple[str, str]] = {
    "lines": ("power lines; one polyline a feeder will do", "线路；一条馈线画成一条折线也可以"),
    "poles": ("poles with numbers: points, or the ledger as CSV/XLSX", "杆塔：点图层，或 CSV/XLSX 台账"),
    "equipment": ("substations, breakers, switches, ties, transformers", "变电站、断路器、开关、联络、配变"),
    "roads": ("roads; without them travel is a straight line with a detour factor", "道路；没有时按直线乘绕行系数"),
    "zones": ("areas one team leader answers for", "网格（责任区）"),
    "places": ("towns and villages, for the map and for names", "乡镇村庄，供地图与命名使用"),
    "water": ("canals and rivers, for the map", "渠道河流，供地图使用"),
    "crews": ("who can patrol, from where and when", "巡视班组：从哪里、什么时间"),
    "roster": ("days that differ from the crews table", "排班表：某天与班组表不同之处"),
    "service_points": ("stations and households cared for on a cycle", "定期走访的服务站、照护户等"),
    "rounds": (
        "recurring rounds of officials, grid staff and village enterprises",
        "三诊：村干部问诊、网格员巡诊、村企会诊",
    ),
    "requests": ("requests with a due date", "有期限的服务请求"),
    "patrols": ("what was patrolled when", "历史巡视记录"),
    "faults": ("what tripped when", "历史故障记录"),
    "hazards": ("hazards reported so far", "隐患记录"),
    "weather": ("one row a day, at noon", "每日一行的正午气象"),
}
# Files that are no layers: what each is, and what it is usually called.
FILE_NOTES: dict[str, tuple[str, str, str]] = {
    "calendar": ("seasons, holidays, campaigns, supply guarantees", "季节、节假日、专项行动、保供电", "calendar.toml"),
    "register": ("the hazard register; made when needed", "隐患登记库；需要时自动建立", "register.gpkg"),
    "field": ("what came back from the field; made when needed", "现场回传结果；需要时自动建立", "field.db"),
    "appointments": ("confirmed joint tasks; made when needed", "已确认的联合作业；需要时自动建立", "appointments.csv"),
    "hazard_types": ("hazard types of your own, instead of the package's", "自定隐患类型表", "hazard_types.csv"),
    "keywords": ("words by which reports are sorted into types", "报告归类用的关键词", "keywords.toml"),
}
SECTION_ZH = {
    "network": "线路如何变成馈线与线段（长度单位：米）",
    "travel": "班组如何移动",
    "patrol": "巡视与走访需要多少时间",
    "cycles": "两次巡视的最长间隔（天）",
    "consequence": "一次故障的代价（等效户分钟）",
    "defence": "联防：网格互助、联合作业、工作量均衡与裕度",
    "planning": "安排什么、给谁、代价多少",
    "hazards": "报告如何成为隐患，隐患可以留多久（长度单位：米）",
    "field": "现场回传：轨迹是否接收、保存多久、如何对应线路（长度单位：米）",
    "solver": "求解的用力程度；输入、种子、次数相同则计划相同",
}


TOP: dict[str, Any] = {
    "name": "", "name_zh": "", "timezone": "Asia/Shanghai", "timezone_guessed": False, "language": "zh",
    "synthetic": False, "attribution": "",
}  # fmt: skip


def project_text(
    inputs: Mapping[str, Mapping[str, str]],
    *,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    **top: Any,
) -> str:
    """Return a valid, commented ``project.toml``.

    Parameters
    ----------
    inputs : mapping
        Input kind -> its keys (``path``, ``crs``, ...). Kinds not named are written commented out.
    settings : mapping, optional
        Section -> key -> value to set; every other setting is commented out with its default.
    **top
        Those of :data:`TOP` that are to be set.
    """
    assert top.keys() <= TOP.keys(), sorted(top)
    say = {key: _value(value) for key, value in (TOP | top).items()}
    guessed = "timezone_guessed = true  # delete this line when the time zone is right / 时区核对后删除本行"
    head = [
        "# Project file of patrol: it names every input; nothing is read that it does not name.",
        "# patrol 项目文件：列出全部输入；未列出的文件不会被读取。路径相对于本文件所在文件夹。",
        "# Lines that begin with # are off; remove the # to change a default.",
        "# 以 # 开头的行不起作用，去掉 # 即可修改。",
        f"config_version = {CONFIG_VERSION}",
        f"name = {say['name']}",
        f"name_zh = {say['name_zh']}",
        f"timezone = {say['timezone']}  # IANA name / IANA 时区名",
        *([guessed] if top.get("timezone_guessed") else []),
        f'language = {say["language"]}  # of summaries and maps: "zh" or "en" / 摘要和地图的语言',
        f"synthetic = {say['synthetic']}  # true: the data are invented, and titles say so / true 表示数据为虚构",
        f"attribution = {say['attribution']}  # whom maps must name as the source / 地图上须注明的数据来源",
        '# crs = "EPSG:4545"  # metric CRS to compute in; chosen from the data if absent / 计算用平面坐标系',
        "",
        "# ---- Inputs / 输入 ----",
        "# Declare crs only where the file does not say it itself:",
        '# "EPSG:4326" (WGS84), "EPSG:4490" (CGCS2000), "GCJ-02" (Amap, Tencent), "BD-09" (Baidu).',
        "# 只有文件自身没有写明坐标系时才声明 crs；高德、腾讯坐标写 GCJ-02，百度坐标写 BD-09。绝不猜测。",
    ]
    body: list[str] = []
    for kind in INPUTS:
        english, chinese = INPUT_NOTES[kind]
        body += ["", f"# {english} / {chinese}"]
        if kind in inputs:
            body += [f"[inputs.{kind}]", *(f"{key} = {_value(value)}" for key, value in inputs[kind].items())]
        else:
            suffix = "gpkg" if SCHEMAS[kind].geometry else "csv"
            body += [f"# [inputs.{kind}]", f'# path = "{kind}.{suffix}"']
    for kind, (english, chinese, usual) in FILE_NOTES.items():
        mark, path = ("", inputs[kind]["path"]) if kind in inputs else ("# ", usual)
        mark = "" if kind in MADE_WHEN_NEEDED else mark  # it need not exist yet
        body += ["", f"# {english} / {chinese}", f"{mark}[inputs.{kind}]", f"{mark}path = {_value(path)}"]
    body += [
        "",
        "# What tables of reports leave unsaid / 上报表格中没有写明的内容:",
        "# [intake]",
        '# crs = "EPSG:4326"  # of their coordinates / 其坐标的坐标系',
        '# source = "office"  # who keeps their numbers: the same number is the same report / 编号由谁管理',
        '# columns = { pole_ref = "杆位" }  # name here = name in the file / 列名对应',
    ]
    return "\n".join([*head, *body, "", *_settings_text(settings or {})]) + "\n"


def _settings_text(chosen: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = [
        "# ---- Settings / 设置 ----",
        "# (m) marks an expert's guess without a source: edit it when you know better.",
        "# (m) 表示没有出处的专家估计值，有更可靠的数值时请修改。",
    ]
    for section in fields(Settings):
        kind = section.default_factory
        assert kind is not MISSING, "every section of Settings has a factory"
        doc = " ".join((kind.__doc__ or "").split())
        lines += ["", f"# {doc} / {SECTION_ZH.get(section.name, section.name)}", f"[settings.{section.name}]"]
        given = chosen.get(section.name, {})
        for item in fields(kind()):
            guess = "  (m) expert's guess 专家估计" if item.metadata["guess"] else ""
            comment = f"  # {item.metadata['doc']}{guess}"
            if item.name in given:
                lines.append(f"{item.name} = {_value(given[item.name])}{comment}")
            else:
                lines.append(f"# {item.name} = {_value(_default(item))}{comment}")
    return lines


def _default(item: Field[Any]) -> Any:
    factory = item.default_factory
    return item.default if factory is MISSING else factory()


def _value(value: Any) -> str:
    """Return a TOML value; a JSON text is a valid TOML basic string once the delete character is escaped."""
    if isinstance(value, Mapping):
        keys = (key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False) for key in value)
        return (
            "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in zip(keys, value.values(), strict=True)) + " }"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
