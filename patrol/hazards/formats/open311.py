"""Open311 GeoReport v2: the JSON of ``requests.json``, as one list or wrapped in ``service_requests``.

Statuses are ``open`` and ``closed`` in the standard; some servers say ``fixed``. Fields that only a
person who reports sends (name, phone, e-mail, device, account) are identity.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from patrol import text
from patrol.hazards.formats.records import Tray, as_text, flat, read_json, refuse
from patrol.hazards.headings import HEADINGS, REQUEST_WORDS, exact, plain
from patrol.hazards.model import Intake, IntakeContext
from patrol.layers.tables import heading_key

FORM = "open311"
_WRAPPERS = ("service_requests", "requests", "request")
_CLOSED = frozenset({"closed", "fixed"})
_CONTACTS = ("phone", "email", "device_id", "account_id")
# What a server may add to the standard, by the words tables use for it.
_KINDS = exact(REQUEST_WORDS)
_READ = frozenset((
    "description", "service_name", "service_code", "service_request_id", "jurisdiction_id", "token", "status",
    "address", "zipcode", "address_id", "agency_responsible", "first_name", "last_name", *_CONTACTS,
))  # fmt: skip
_key = lru_cache(maxsize=4096)(heading_key)
_EXTRA = ("feeder_ref", "pole_ref", "equipment_ref", "along_m", "uncertainty_m")


def read_open311(raw: bytes, label: str, context: IntakeContext) -> Intake:
    """Read service requests.

    Parameters
    ----------
    raw, label, context
        JSON, its name and the project. ``context.source`` names the server; else its ``jurisdiction_id``.

    Returns
    -------
    Intake
        Reports by villagers unless ``context.party`` says otherwise; places in WGS84.

    Raises
    ------
    IntakeError
        If it is no JSON of that form, or the server answered with an error.
    """
    tray = Tray(FORM, raw, label, context)
    records = _records(read_json(raw, label, FORM), label)
    links = 0
    for row, record in enumerate(records, start=1):
        if not isinstance(record, Mapping):
            tray.reject(row, {"value": as_text(record)[:200]}, "shape", "is no service request", "export it again")
            continue
        cells = flat(record, ".")
        if not cells.get("service_request_id", "").strip() and cells.get("token", "").strip():
            tray.reject(row, cells, "token", "has only a token: the server has not taken it in yet", "ask again later")
            continue
        values = _values(cells, context)
        links += bool(values["photos"])
        identities = [cells.get(name, "") for name in ("first_name", "last_name", *_CONTACTS)]
        unread = [name for name in cells if name not in _READ and name not in context.columns.values()]
        tray.keep(row, cells, values, [values["person_name"], *identities], unread)
    if links:
        what = f"{links} photos are links, and are not fetched"
        tray.tell("note", "photo_links", what, "save the photos beside the file if they matter")
    return tray.intake()


def _records(value: Any, label: str) -> list[Any]:
    """Return the list of requests, out of whatever wraps it."""
    for _ in range(4):
        if isinstance(value, Mapping):
            inner = next((value[name] for name in _WRAPPERS if isinstance(value.get(name), (list, Mapping))), None)
            value = [value] if inner is None and "service_request_id" in value else inner
        elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], Mapping) and any(
            name in value[0] for name in _WRAPPERS
        ):  # fmt: skip
            value = value[0]
    if not isinstance(value, list):
        what = "has no list of service requests"
        raise refuse(FORM, "shape", label, what, "save the answer of .../requests.json")
    records = [one for one in value if isinstance(one, Mapping)]
    if records and all("code" in one and "service_code" not in one for one in records):
        said = "; ".join(text.clean(one.get("description"), limit=100) for one in records[:3])
        raise refuse(FORM, "answer", label, f"is an error of the server: {said}", "ask the server again")
    if value and not any("service_request_id" in one or "service_code" in one or "token" in one for one in records):
        what = "no record has service_request_id or service_code"
        raise refuse(FORM, "shape", label, what, "this is no answer of an Open311 server")
    return value


def _values(cells: Mapping[str, str], context: IntakeContext) -> dict[str, Any]:
    named = {name: cells.get(column, "") for name, column in context.columns.items() if column in cells}

    def get(name: str, *others: str) -> str:
        return next((one for one in (named.get(name, ""), *(cells.get(o, "") for o in others)) if one.strip()), "")

    jurisdiction = cells.get("jurisdiction_id", "").strip()
    source = context.source or jurisdiction
    service, code = cells.get("service_name", "").strip(), cells.get("service_code", "").strip()
    kind = _KINDS.get(plain(service), "") or _KINDS.get(plain(code), "")
    closed = get("given_state", "status").strip().lower() in _CLOSED
    by_key = {_key(name.rsplit(".", 1)[-1]): name for name in reversed(list(cells))}
    extra = {name: get(name, *(by_key.get(_key(word), "") for word in HEADINGS[name])) for name in _EXTRA}
    place = {"lat": get("lat", "lat"), "lon": get("lon", "long", "lon", "lng")}
    description = get("description", "description")
    if not (place["lat"] and place["lon"]):
        # Where the place is only written, the planner needs it; beside coordinates it would only be a home address.
        address = ", ".join(one for one in (cells.get("address", ""), cells.get("zipcode", "")) if one.strip())
        description = "\n".join(one for one in (description, f"address 地址: {address}" if address else "") if one)
    return {
        **place,
        **extra,
        "record": "request" if kind else "hazard",
        "source": f"{FORM}:{source}" if source else FORM,
        "external_id": cells.get("service_request_id", ""),
        "captured_at": get("captured_at", "requested_datetime"),
        # A code of ours first; else the name, which people chose from a list.
        "type_ref": "" if kind else named.get("type_ref", "") or (code if _is_code(code) else service or code),
        "description": description,
        "photos": _links(get("photos", "media_url")),
        "given_state": "closed" if closed else "",
        "given_closed": get("given_closed", "updated_datetime") if closed else "",
        "request_kind": kind,
        "due": cells.get("expected_datetime", "") if kind else "",
        "person_name": " ".join(cells.get(name, "").strip() for name in ("first_name", "last_name")).strip(),
        "person_contact": "; ".join(cells[name].strip() for name in _CONTACTS if cells.get(name, "").strip()),
    }


def _links(cell: str) -> str:
    """Return the links to photos; some servers send a list of them, or of objects with a ``url``."""
    links: list[Any] = [cell]
    if cell.startswith("["):
        try:
            links = json.loads(cell)
        except (ValueError, RecursionError):
            return ""
    urls = (str(one.get("url", "")) if isinstance(one, dict) else as_text(one) for one in links)
    return "|".join(url.strip().replace("|", "%7C") for url in urls if url.strip())


def _is_code(code: str) -> bool:
    return len(code) == 3 and code[0].isascii() and code[0].isupper() and code[1:].isdecimal()
