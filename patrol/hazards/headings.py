"""What the headings and the words of an office's list of reports mean, in Chinese and English.

Headings are compared without regard to case, width, spaces, underscores and what stands in brackets;
the mapping of the project file comes before all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from patrol.layers.columns import LAT, LON
from patrol.layers.tables import heading_key

HEADINGS: dict[str, tuple[str, ...]] = {
    "source": ("id_source", "编号来源"),
    "external_id": (
        "id", "report_id", "hazard_id", "request_id", "service_request_id", "ticket", "编号", "隐患编号", "缺陷编号",
        "工单编号", "工单号", "单号", "任务编号",
    ),
    "record": ("record_type", "记录类型", "业务类型", "业务类别", "事项类型"),
    "party": (
        "reported_by_party", "organisation", "organization", "上报单位", "报告单位", "单位", "主体", "上报主体",
        "参与方", "来源单位", "身份", "人员类别",
    ),
    "captured_at": (
        "reported", "reported_at", "observed", "observed_at", "time", "datetime", "timestamp", "requested_datetime",
        "发现时间", "上报时间", "报告时间", "巡视时间", "拍摄时间", "登记时间", "提交时间", "时间",
    ),
    "captured_on": ("date", "day", "日期", "发现日期", "上报日期", "报告日期", "巡视日期", "登记日期"),
    "lon": (*LON.aliases, "东经", "lon_dd", "gps经度"),
    "lat": (*LAT.aliases, "北纬", "lat_dd", "gps纬度"),
    "lonlat": ("coordinates", "coordinate", "lnglat", "坐标", "经纬度", "定位坐标", "位置坐标", "gps坐标"),
    "crs": ("srs", "coordinate_system", "坐标系", "坐标系统", "坐标类型"),
    "area_wkt": (),
    "uncertainty_m": ("accuracy", "accuracy_m", "gps_accuracy", "precision_m", "定位精度", "精度", "误差"),
    "feeder_ref": (
        "feeder", "feeder_id", "feeder_name", "line", "line_id", "line_name", "circuit", "线路", "线路名称", "馈线",
        "馈线名称", "所属线路", "线路编号", "10kv线路", "10kv线路名称", "配电线路",
    ),
    "pole_ref": (
        "pole", "pole_no", "pole_number", "tower", "杆号", "杆塔号", "塔号", "电杆号", "杆塔", "杆塔编号",
        "杆塔名称", "电杆", "杆位", "起止杆号", "杆段",
    ),
    "equipment_ref": (
        "equipment", "device", "asset", "asset_id", "transformer", "设备", "设备名称", "变压器", "配变", "台区",
        "台区名称", "变压器名称", "开关", "开关名称",
    ),
    "along_m": (
        "along", "chainage", "chainage_m", "distance", "distance_m", "距离", "距首端", "距首端距离", "距变电站",
        "距变电站距离", "里程",
    ),
    "type_ref": (
        "type", "hazard_type", "category", "service_name", "service_code", "隐患类型", "隐患类别", "隐患分类",
        "类型", "类别", "缺陷类型", "缺陷类别", "问题类型",
    ),
    "description": (
        "desc", "text", "details", "note", "notes", "comment", "comments", "remarks", "what", "message", "描述",
        "隐患描述",
        "缺陷描述", "问题描述", "隐患内容", "缺陷内容", "内容", "情况说明", "情况描述", "说明", "备注", "诉求内容",
        "title", "标题", "事由", "name_zh", "具体情况", "情况", "现场情况", "现场描述", "事情经过", "问题",
        "反映内容", "反映情况", "上报内容", "报告内容", "发现情况", "存在问题", "what_happened", "happened",
        "situation", "observation", "observations", "issue", "problem", "finding", "findings", "remark",
    ),
    "photos": ("photo", "picture", "image", "images", "attachment", "media_url", "照片", "图片", "现场照片", "附件"),
    "given_state": ("state", "status", "状态", "处理状态", "整改状态", "隐患状态", "消缺状态", "办理状态"),
    "given_closed": (
        "closed", "closed_at", "closed_on", "close_date", "消缺日期", "消缺时间", "关闭日期", "关闭时间", "闭环时间",
        "闭环日期", "整改完成时间", "整改完成日期", "完成日期", "完成时间", "销号日期",
    ),
    "request_kind": ("kind", "request_type", "诉求类型", "需求类型", "服务类型", "申请类型"),
    "due": (
        "due_date", "deadline", "期限", "截止日期", "办理期限", "要求完成时间", "要求完成日期", "计划日期",
        "预约日期",
    ),
    "minutes": ("duration_min", "duration", "时长", "预计时长", "所需时间", "预计用时"),
    "liaison": ("responsible", "liaison_party", "parties", "联络单位", "对接单位", "责任单位", "承办单位", "负责单位"),
    "person_name": (
        "reporter", "reporter_name", "contact_name", "person", "上报人", "报告人", "联系人", "发现人", "反映人",
        "申请人", "姓名", "上报人姓名", "联系人姓名", "巡视人", "巡视人员",
    ),
    "person_contact": (
        "phone", "telephone", "mobile", "tel", "contact", "email", "电话", "联系电话", "手机", "手机号", "手机号码",
        "联系方式", "电话号码", "上报人电话", "报告人电话",
    ),
}  # fmt: skip
"""Columns of a table of reports and their other names. ``captured_on`` is the day of a clock time in
``captured_at``, ``lonlat`` a pair in one cell, ``crs`` the system of a row's coordinates."""

PARTY_WORDS: dict[str, tuple[str, ...]] = {
    "enterprise": (
        "enterprise", "staff", "utility", "power company", "lineman", "crew", "供电", "电力", "企业", "国网", "员工",
        "班组", "运维", "电工", "电业局", "运检", "抢修",
    ),
    "government": (
        "government", "official", "police", "council", "township", "政府", "村委", "网格员", "乡镇", "街道", "公安",
        "派出所", "社区", "应急局", "林草局", "干部", "村支书", "村长",
    ),
    "fire": ("fire", "fire service", "fire brigade", "firefighter", "消防", "119"),
    "villager": (
        "villager", "public", "resident", "citizen", "customer", "farmer", "村民", "群众", "居民", "农户", "用户",
        "客户", "市民", "老百姓", "百姓", "个人", "热心人",
    ),
    "sensor": ("sensor", "satellite", "drone", "卫星", "无人机", "监测装置", "传感器"),
}  # fmt: skip
STATE_WORDS: dict[str, tuple[str, ...]] = {
    "reported": (
        "reported", "new", "open", "received", "pending", "已上报", "上报", "待核实", "未核实", "新增", "未处理",
        "待处理", "未整改", "未消缺", "已受理", "待受理", "存在",
    ),
    "verified": (
        "verified", "acknowledged", "accepted", "已核实", "核实", "属实", "已确认", "待整改", "待消缺", "待派单",
    ),
    "refuted": (
        "refuted", "rejected", "invalid", "false alarm", "不属实", "误报", "不存在", "已驳回", "作废", "无隐患",
    ),
    "assigned": ("assigned", "dispatched", "已派单", "已指派", "派单", "已派工", "已分派", "已转办"),
    "ready": ("ready", "approved", "具备条件", "已许可", "待施工", "已批准"),
    "in_rectification": (
        "in_rectification", "in progress", "in_progress", "started", "整改中", "处理中", "消缺中", "正在处理",
        "正在整改", "办理中", "施工中",
    ),
    "rectified": (
        "rectified", "fixed", "resolved", "done", "已整改", "已消缺", "已处理", "整改完成", "消缺完成", "已完成",
        "待验收", "已办结", "完成",
    ),
    "closed": (
        "closed", "confirmed", "已关闭", "关闭", "已闭环", "闭环", "已归档", "归档", "已销号", "已验收", "销号",
    ),
}  # fmt: skip
REQUEST_WORDS: dict[str, tuple[str, ...]] = {
    "dispute": ("dispute", "complaint", "纠纷", "矛盾", "矛盾纠纷", "投诉", "用电纠纷", "线路纠纷", "调解", "信访"),
    "consultation": (
        "consultation", "question", "enquiry", "inquiry", "meter check", "咨询", "业务咨询", "用电咨询", "询问",
        "查询", "电表校验",
    ),
    "new_connection": (
        "new connection", "connection", "新装", "报装", "新装用电", "业扩", "业扩报装", "用电报装", "增容", "装表",
    ),
    "disconnection_notice": ("disconnection notice", "outage notice", "停电通知", "停电告知", "计划停电", "停电"),
    "reconnection_notice": (
        "reconnection notice", "restoration notice", "复电通知", "复电告知", "送电通知", "复电", "送电",
    ),
    "campaign": (
        "campaign", "education", "safety talk", "notice", "宣传", "安全宣传", "用电宣传", "安全用电宣传",
        "电力设施保护宣传", "护线宣传", "培训",
    ),
}  # fmt: skip
_LIST = re.compile(r"[和与及、,;/+&|]")
HAZARD_WORDS = frozenset(
    {"hazard", "defect", "隐患", "缺陷", "安全隐患", "隐患上报", "缺陷上报", "巡视", "巡视发现", "report"}
)


def known_headings(columns: Mapping[str, str]) -> frozenset[str]:
    """Return the keys of every heading that means something, the project's own (``columns``) among them."""
    return frozenset(heading_key(name) for name in columns.values()) - {""} | _own_headings()


@lru_cache(maxsize=1)
def _own_headings() -> frozenset[str]:
    names = [*HEADINGS, *(name for names in HEADINGS.values() for name in names)]
    return frozenset(heading_key(name) for name in names)


def match_headings(headings: Sequence[str], columns: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return which heading each column is read from, and which mappings of ``columns`` cannot be kept.

    A column that several headings mean is read from the one whose name stands first in :data:`HEADINGS`.
    """
    by_key: dict[str, str] = {}
    for heading in headings:
        by_key.setdefault(heading_key(heading), heading)
    by_key.pop("", None)
    chosen: dict[str, str] = {}
    wrong: list[str] = []
    for name, heading in columns.items():
        if name not in HEADINGS:
            wrong.append(f"[intake.columns] maps {name!r}, which is no column of reports")
        elif heading_key(heading) in by_key:
            chosen[name] = by_key[heading_key(heading)]
    taken = set(chosen.values())
    for name, others in HEADINGS.items():
        if name in chosen:
            continue
        for word in (name, *others):
            heading = by_key.get(heading_key(word), "")
            if heading and heading not in taken:
                chosen[name] = heading
                taken.add(heading)
                break
    return chosen, wrong


def plain(word: str) -> str:
    """Return a word as words are compared: NFKC, lower case, spaces and underscores folded to one space."""
    return " ".join(unicodedata.normalize("NFKC", word).casefold().replace("_", " ").split())


def exact(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return word -> meaning of a table of words."""
    return {plain(word): meaning for meaning, others in words.items() for word in (meaning, *others)}


def party_of(word: str) -> tuple[str, ...]:
    """Return the parties that a word may mean: none, one, or several (``供电所和村委会``).

    Among words inside one name the last counts: ``城关街道供电所`` is a power station.
    """
    said = plain(word)
    known = exact(PARTY_WORDS)
    if said in known:
        return (known[said],)
    ends = {
        party: max((said.rfind(one) + len(one) for one in words if not one.isascii() and one in said), default=0)
        for party, words in PARTY_WORDS.items()
    }
    found = tuple(party for party, end in ends.items() if end)
    if len(found) > 1 and not _LIST.search(said):
        return (max(found, key=ends.__getitem__),)
    return found
