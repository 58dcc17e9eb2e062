"""The one door for untrusted text: what people report becomes harmless in HTML, CSV, XLSX, KML and pages.

Folium and branca render what they are given through Jinja, twice; escaping does not help there, so
field text never goes to them at all: it travels as data (see :func:`json_in_page`) and is shown with
``textContent``. Everything else that leaves the project passes one of the functions here.
"""

from __future__ import annotations

import html as _html
import json
import re
import unicodedata
from typing import Any

MAX_CHARS = 4_000  # longer field text is cut, with a mark; XLSX allows 32,767 a cell

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_NOT_SEEN = "\ufeff\u200b\u2060 \n"  # has no width: at the ends of a text it is nothing, inside it may join letters
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def clean(text: object, *, limit: int = MAX_CHARS, multiline: bool = False) -> str:
    """Return text without control characters, direction overrides and lone surrogates, cut to ``limit``.

    Parameters
    ----------
    text : object
        Anything; ``None`` and NaN become the empty text.
    limit : int
        Longest result in characters, a closing ``…`` included.
    multiline : bool
        Keep line breaks; otherwise white space is folded to single spaces.
    """
    if text is None or text != text:  # noqa: PLR0124 - NaN is the value that differs from itself
        return ""
    raw = str(text)
    if not raw.isprintable():  # most texts are, and looking at each character of them would be ten times slower
        raw = _BIDI.sub("", raw)
        raw = raw.encode("utf-8", "replace").decode("utf-8")
        raw = raw.replace("\r\n", "\n").replace("\r", "\n")
        raw = "".join(c if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"} else " " for c in raw)
    raw = raw.replace("\t", " ") if multiline else " ".join(raw.split())
    raw = raw.strip().strip(_NOT_SEEN)
    return raw if len(raw) <= limit else raw[: limit - 1] + "…"


def html(text: object) -> str:
    """Return cleaned text that is safe as HTML content and inside a quoted attribute.

    Braces, dollars and backticks become entities too, so the text survives template engines and
    JavaScript template literals that see the page later.
    """
    escaped = _html.escape(clean(text), quote=True)
    for char in "{}$`":
        escaped = escaped.replace(char, f"&#{ord(char)};")
    return escaped


def cell(text: object) -> str:
    """Return cleaned text for a CSV or XLSX cell; what a spreadsheet could take as a formula gets a leading quote."""
    value = clean(text)
    return "'" + value if value.startswith(_FORMULA) else value


def uncell(text: object) -> str:
    """Return what :func:`cell` was given: drop the quote it put before a formula sign."""
    value = clean(text)
    return value[1:] if value.startswith("'") and value[1:].startswith(_FORMULA) else value


def xml(text: object) -> str:
    """Return cleaned text for XML (KML, GPX) content and attributes."""
    return _html.escape(clean(text), quote=True)


def json_in_page(value: Any) -> str:
    """Return JSON that is inert inside an HTML page: ``< > & { } $`` and the backtick are escaped in strings.

    Structural braces stay, so the result must not pass through Jinja; put it between raw marks or
    pack it (see ``maps.packing``).
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    out: list[str] = []
    inside = False
    i = 0
    while i < len(text):
        char = text[i]
        if inside and char == "\\":
            out.append(text[i : i + 2])
            i += 2
            continue
        if char == '"':
            inside = not inside
        out.append(f"\\u{ord(char):04x}" if inside and char in "<>&{}$`\u2028\u2029" else char)
        i += 1
    return "".join(out)


_HALF_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)}  # one to one, so places stay where they are
_ZERO_WIDTH = "\u200b-\u200d\u2060\ufeff"
_GAP = f"[ \t\xa0\u3000.\\-\u2010-\u2015\xb7_/{_ZERO_WIDTH}]{{0,2}}"  # between groups of digits
_SPLIT_NUMBER = re.compile(rf"(?<=\d)[{_ZERO_WIDTH}]+(?=\d)")
_MAYBE = re.compile(
    r"@|(?:\d\D{0,4}){6}|[一幺][三四五六七八九][〇零幺一二三四五六七八九]"
)  # spares most texts the rest
_DATE = "(?!(?:19|20)\\d\\d(?:0[1-9]|1[0-2])[0-3]\\d)"  # 20240816 and 202408160912 are no numbers to call
_CALLED = "电话|手机|号码|联系|拨打|微信|tel|phone|mobile|whatsapp|wechat|qq"
_IDENTITY = tuple(
    (mark, re.compile(pattern.replace("~", _GAP), re.IGNORECASE | re.ASCII))
    for mark, pattern in (
        ("[email]", r"(?<![\w.%+-])[\w.%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}"),
        ("[id]", r"(?<!\d)[1-9]\d{5}~(?:19|20)\d{6}~\d{3}[\dx](?!\d)"),  # resident identity number
        ("[phone]", r"(?<!\d)\+\d(?:[()]?~[()]?\d){6,14}(?!\d)"),  # any country, written with a plus
        # Mainland mobile in its usual groups; not the decimals of a coordinate such as 106.13812345678.
        (
            "[phone]",
            r"(?<!\d)(?<!\d\d\.)(?:(?:00)?86~)?1[3-9]\d(?:~\d{4}~\d{4}|~\d{3}~\d{5}|\d~\d{3}~\d{4}|\d~\d{4}~\d{3}"
            r"|\d\d~\d{3}~\d{3}|\d{4}~\d{4})(?!\d)",
        ),
        ("[phone]", r"(?<!\d)1(?:[ -]\d){10}(?![ -]?\d)"),
        ("[phone]", rf"(?<!\d)\(?0(?:10|2\d|[3-9]\d\d)\)?~{_DATE}\d{{3,4}}~\d{{4}}(?!\d)"),  # area code and number
        ("[phone]", r"(?<![\d.])00[1-9]\d{0,2}~\d{6,12}(?!\d)"),
        ("[phone]", r"(?<!\d)\(?[2-9]\d\d\)?[ .-]{1,2}\d{3}[.-]\d{4}(?!\d)"),  # 555-123-4567
        ("[phone]", rf"(?<![\d.]){_DATE}\d{{10,}}(?!\d|\.\d)"),
        ("[phone]", rf"(?:{_CALLED})[^\d\n]{{0,6}}(?P<it>\d{{3,4}}~\d{{3,8}})(?!\d)"),
        ("[phone]", r"(?<![〇零幺一二三四五六七八九])[一幺][三四五六七八九][〇零幺一二三四五六七八九]{9}"),
    )
)


def mask_identity(text: str, name: str = "") -> str:
    """Return text with telephone and identity numbers, e-mail addresses and a name replaced by marks.

    Parameters
    ----------
    text : str
        What somebody wrote; masked before it is cut or shown anywhere.
    name : str
        Who said it, if known; a single letter masks nothing, since it would take other words with it.

    Returns
    -------
    str
        ``[phone]``, ``[id]``, ``[email]`` and ``[name]`` stand where those were. Numbers of eight digits and
        fewer are masked only after a word such as 电话, so pole numbers, dates and coordinates stay.
    """
    text = _SPLIT_NUMBER.sub("", _BIDI.sub("", text))
    narrow = text.translate(_HALF_WIDTH)
    patterns = [*_name_pattern(name, narrow), *(_IDENTITY if _MAYBE.search(narrow) else ())]
    spans = [(*span, mark) for mark, pattern in patterns for span in _spans(pattern, narrow)]
    out, at = [], 0
    for start, end, mark in sorted(spans, key=lambda span: (span[0], -span[1])):  # the longest at each place
        if start >= at:
            out += [text[at:start], mark]
        at = max(at, end)
    return "".join(out) + text[at:]


_APART = re.compile(
    r"[、,;/&|+\n]|\band\b|(?<=[\u4e00-\u9fff]{2})[和与及](?=[\u4e00-\u9fff]{2})", re.IGNORECASE
)  # between the names of several people; 和 stands in names too
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
# Who says himself who he is: 我是, 我叫 and the like before a surname that is common, and one or two letters more.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施牛樊葛邢安齐伍庞颜倪庄聂"
)
_CALLS_HIMSELF = re.compile(
    f"(?:我是|我叫|本人|姓名|(?:发现|上报|报告|联系|举报|巡视)人)[:\\s]*"
    f"(?P<it>[{_SURNAMES}][\\u4e00-\\u9fff]{{1,2}})(?![\\u4e00-\\u9fff])"
)

_DOES = "反映|来电|报告|上报|举报|投诉|拨打|打来|发现|告知|反馈|联系|家|先生|女士|师傅|书记|主任|队长|大爷|大妈|老人|户"
_TITLED = re.compile(
    f"(?<![\u4e00-\u9fff])(?:村民|户主|居民|用户|群众|护线员|网格员|网格长|村干部|社员)?"
    f"[{_SURNAMES}](?:[\u4e00-\u9fff]{{1,2}}?|某{{1,2}})(?:{_DOES})"
    f"|(?:村民|户主|居民|群众|护线员|网格员|网格长|村干部|社员)[{_SURNAMES}][\u4e00-\u9fff]"
    r"|\b(?:Mr|Mrs|Ms|Miss|Mx|Dr)\.? [A-Z]|(?i:\b(?:reported|called in|phoned in|told) by) [A-Z]"
)


def names_somebody(text: str) -> bool:
    """Return whether words seem to name a person: a common surname before what people do, or after what people are.

    Errs on the side of seeing names: what is kept back is asked for at the office, what is given away stays so.
    """
    return bool(_TITLED.search(_BIDI.sub("", text).translate(_HALF_WIDTH)) or _CALLS_HIMSELF.search(text))


def _name_pattern(name: str, text: str) -> list[tuple[str, re.Pattern[str]]]:
    """Return what finds the people of a name: all of it, each of several, and a surname in Latin letters by itself."""
    found = [("[name]", _CALLS_HIMSELF)] if "我" in text or "人" in text or "姓名" in text else []
    plain = _BIDI.sub("", name).translate(_HALF_WIDTH)
    several = [one.strip() for one in _APART.split(_ASIDE.sub(" ", plain)) if one.strip()]
    for one in dict.fromkeys([plain, *several]):
        letters = "".join(one.split())
        if len(letters) < 2 or letters[0].casefold() not in text.casefold():
            continue
        said = f"[\\s{_ZERO_WIDTH}]*".join(re.escape(letter) for letter in letters)
        before = r"(?<![a-z])" if letters[0].isascii() else ""  # Li Na, but not the middle of "online nature"
        after = r"(?![a-z])" if letters[-1].isascii() else ""
        found.append(("[name]", re.compile(before + said + after, re.IGNORECASE)))
    for one in several:
        words = one.split()
        if len(words) in {2, 3} and all(word.isascii() and word.istitle() for word in words) and len(words[-1]) > 3:
            found.append(("[name]", re.compile(rf"(?<![A-Za-z]){re.escape(words[-1])}(?![A-Za-z])")))
    return found


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    which = "it" if "it" in pattern.groupindex else 0
    return [found.span(which) for found in pattern.finditer(text)]


def file_name(text: object, *, fallback: str = "unnamed") -> str:
    """Return a file name of letters, digits, dot, dash and underscore; Chinese letters stay."""
    value = re.sub(r"[^\w.-]+", "-", clean(text, limit=80), flags=re.UNICODE).strip("-. ")
    return value or fallback
