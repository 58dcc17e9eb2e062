"""Write a tiny .osm.pbf, by hand: no writer is at hand, and the format is a few protobuf messages."""

import struct


def varint(value):
    out = b""
    while True:
        value, low = value >> 7, value & 0x7F
        out += bytes([low | (0x80 if value else 0)])
        if not value:
            return out


def zigzag(value):
    return varint(value << 1 if value >= 0 else ((-value) << 1) - 1)


def field(number, content):
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def blob(kind, payload):
    body = field(1, payload) + field(2, len(payload))
    head = field(1, kind) + field(3, len(body))
    return struct.pack(">I", len(head)) + head + body


def write_pbf(path, nodes, ways):
    """nodes: {id: (lon, lat, tags)}; ways: {id: (node ids, tags)}."""
    words = [b""]

    def tags(table):
        for text in [t for pair in table.items() for t in pair]:
            if text.encode() not in words:
                words.append(text.encode())
        keys = b"".join(varint(words.index(k.encode())) for k in table)
        values = b"".join(varint(words.index(v.encode())) for v in table.values())
        return field(2, keys) + field(3, values) if table else b""

    group = b""
    for osm_id, (lon, lat, table) in nodes.items():
        place = varint(8 << 3) + zigzag(round(lat * 1e7)) + varint(9 << 3) + zigzag(round(lon * 1e7))
        group += field(1, varint(1 << 3) + zigzag(osm_id) + tags(table) + place)
    way_group = b""
    for osm_id, (refs, table) in ways.items():
        deltas = b"".join(zigzag(b - a) for a, b in zip([0, *refs], refs, strict=False))
        way_group += field(3, field(1, osm_id) + tags(table) + field(8, deltas))
    table = b"".join(field(1, word) for word in words)
    block = field(1, table) + field(2, group) + field(2, way_group)
    header = field(4, b"OsmSchema-V0.6")
    path.write_bytes(blob(b"OSMHeader", header) + blob(b"OSMData", block))
