"""From what a report says to a hazard type: a given code or name, else keywords, else ``unclassified``.

Never guessed silently: the longest word decides, and where two types have an equal claim, or a shorter word
of an emergency speaks against it, the report stays unclassified with its candidates, for a person to decide.
Where one thing may be called by several names, the one that is an emergency stands before a longer word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from patrol import text as safe
from patrol.hazards.actions import UNCLASSIFIED
from patrol.hazards.keywords import Keywords, confusable, load_keywords, plain
from patrol.hazards.together import find_pairs

__all__ = ["Keywords", "classify", "confusable", "load_keywords", "urgent_words"]

# As good as nothing given.
_SAYS_NOTHING = frozenset(
    {"", UNCLASSIFIED, "other", "unknown", "未分类", "未分类隐患", "其他", "其它", "不详", "不明", "未知"}
)
_FILLER = "发现|看到|看见|看出|见到|见|有|出现|存在|发生|任何|什么|明显|新的?|大的?|小的?|再|过|到|了|的|其它|其他"
_NOT_BEFORE = re.compile(
    f"(?:没有|没|无|未|不是|并非|不存在|不见)(?:{_FILLER})*$|"
    r"(?:\b(?:no|not|without|never|nor|neither|cannot)|n't)(?: (?:a|an|any|the|see|seen|find|found|visible|new|more"
    r"|longer|signs?|of|there|is|was|been|evidence|have|has|yet|other|obvious))* $"
)
_NOT_AFTER = re.compile(  # seen to already, or a form that says: nest: none
    "(?:已|均已|都已|现已|早已)经?(?:被|由)?[^,。;.!?未没待需尚不]{0,6}?(?:清除|清理|清掉|拆除|拆掉|处理|消除|消缺|移除|摘除|摘掉"
    "|取下|扑灭|熄灭|修好|修复|恢复|整改|解除|没了|不见|离开|驶离|撤离)|(?:没了|不见了|不存在|消失了)|[::](?:无|没有|否|未见|未发现)(?!\\w)|"
    r" (?:(?:has|have|had|is|was|were|are|been|already|now|all) )*(?:removed|cleared|gone|cleaned up|taken down"
    r"|extinguished|put out|repaired|fixed|resolved|trimmed|dealt with)\b|: ?(?:none|no|nil)\b"
)
_AND_NEITHER = frozenset({"、", "和", "或", "及", "与", "以及", "或者", "/", " or ", " nor "})
_NUMBER = re.compile(r"\d+")
_LOOK_BACK = 40  # letters before a word in which a negation may stand


class _Hit(NamedTuple):
    start: int
    end: int
    word: str
    code: str = ""  # of a thing and what became of it


def classify(texts: pd.Series[str], type_refs: pd.Series[str], types: pd.DataFrame, keywords: Keywords) -> pd.DataFrame:
    """Return the hazard type of each report.

    Parameters
    ----------
    texts : Series of str
        Descriptions.
    type_refs : Series of str
        Code or name as the report gives it, "" if it gives none; on the index of ``texts``.
    types : DataFrame
        Hazard types of the project, indexed by code.
    keywords : Keywords

    Returns
    -------
    DataFrame
        On the index of ``texts``: ``type``; ``matched_by`` (``given``, ``given:树障`` through a keyword,
        ``keyword:鸟窝``, ``unknown given:XYZ`` before the rest where the given one is not known, or "");
        ``candidates``, codes joined by ``|`` where several have an equal claim.
    """
    which, said = pd.factorize(type_refs.fillna("").astype(str).to_numpy(object))
    given = _given(said, types, keywords)
    finder = _Finder(keywords.codes)
    urgent = frozenset(str(code) for code in types.index[types["default_class"] == "emergency"])
    known = frozenset(map(str, types.index))
    seen: dict[str, tuple[str, str, str]] = {}
    decided: dict[tuple[tuple[str, str], ...], tuple[str, str, str]] = {}
    rows = np.full((len(texts), 3), "", dtype=object)
    rows[:, :2] = np.array([given[ref] for ref in said], dtype=object).reshape(-1, 2)[which]
    open_ = np.flatnonzero(rows[:, 0] == "")
    for row, text in zip(open_, _fold(texts.iloc[open_], keywords), strict=True):
        by = rows[row, 1]
        if text not in seen:
            words = tuple((hit.word, hit.code) for hit in _spoken(finder, plain(text), keywords))
            if words not in decided:
                decided[words] = _decide(words, keywords, known, urgent)
            seen[text] = decided[words]
        found = seen[text]
        rows[row] = found if not by else (found[0], f"{by};{found[1]}".rstrip(";"), found[2])
    return pd.DataFrame(rows, index=texts.index, columns=["type", "matched_by", "candidates"], dtype=object)


def urgent_words(texts: pd.Series[str], types: pd.DataFrame, keywords: Keywords) -> pd.DataFrame:
    """Return the words of an emergency in each text, whatever its type.

    Any word of an emergency type, those that are one whatever the type, and a thing with what became of it
    (:mod:`patrol.hazards.together`); no word inside a longer one of something else (``线断`` in ``拉线断了``).
    Only a direct "no" before the word silences it. That it is dealt with does not: who says so may mean something
    else, and a needless call costs less than one that nobody made.

    Returns
    -------
    DataFrame
        On the index of ``texts``: ``word``, the first that stands, else the first that is said to be dealt with,
        "" where there is none; ``over``, whether each of them is said to be dealt with.
    """
    urgent = {str(code) for code in types.index[types["default_class"] == "emergency"]}
    words = {word for word, codes in keywords.codes.items() if urgent & set(codes)} | keywords.urgent
    finder = _Finder([*keywords.codes, *keywords.urgent])
    seen: dict[str, tuple[str, bool]] = {}
    folded = _fold(texts, keywords)
    for text in folded:
        if text not in seen:
            seen[text] = _urgent_word(finder, plain(text), words, keywords)
    rows = [seen[text] for text in folded]
    found = {"word": [keywords.shown.get(word, word) for word, _ in rows], "over": [over for _, over in rows]}
    return pd.DataFrame(found, index=texts.index).astype({"word": object, "over": bool})


def _urgent_word(finder: _Finder, text: str, words: Collection[str], keywords: Keywords) -> tuple[str, bool]:
    hits = finder.hits(text)
    over = ""
    urgent = [(hit, end) for hit, end in zip(hits, _ends(hits), strict=True) if hit.word in words]
    urgent += [(hit, hit.end) for hit in _together(text, keywords)]
    for hit, end in urgent:
        if _denied_before(text, hit):
            continue
        if not _NOT_AFTER.match(text, end):
            return hit.word, False
        over = over or hit.word
    return over, bool(over)


def _fold(texts: pd.Series[str], keywords: Keywords) -> list[str]:
    """Return the texts with every number as 0, where no keyword has one: most reports differ in poles alone."""
    said: list[str] = texts.fillna("").astype(str).tolist()
    if any(_NUMBER.search(word) for word in (*keywords.codes, *keywords.urgent)) or any(
        pair.numbered for pair in keywords.pairs
    ):
        return said
    return [_NUMBER.sub("0", text) for text in said]


def _given(refs: Iterable[str], types: pd.DataFrame, keywords: Keywords) -> dict[str, tuple[str, str]]:
    """Return (code, how) of each given type; no code where it says nothing or nobody knows it."""
    names: dict[str, set[str]] = {}
    for code, row in types.iterrows():
        for name in (code, row["name_zh"], row["name_en"]):
            names.setdefault(_key(str(name)), set()).add(str(code))
    out = {}
    for ref in refs:
        fits = names.get(_key(ref), set())
        words = keywords.codes.get(plain(ref), ())
        if _key(ref) in _SAYS_NOTHING:
            out[ref] = ("", "")
        elif len(fits) == 1:
            out[ref] = (next(iter(fits)), "given")
        elif len(words) == 1 and words[0] in types.index:
            out[ref] = (words[0], f"given:{keywords.shown[plain(ref)]}")
        else:
            out[ref] = ("", f"unknown given:{safe.clean(ref, limit=40)}")
    return out


def _key(name: str) -> str:
    return "".join(plain(safe.clean(name)).split())


class _Finder:
    """Finds words in plain text: the longest at each place, none inside another.

    One compiled expression finds the places where a word may begin, by its first two letters; the few
    words that begin so are then compared, longest first.
    """

    def __init__(self, words: Collection[str]) -> None:
        self._words = frozenset(words)
        lengths: dict[str, set[int]] = {}
        for word in self._words:
            lengths.setdefault(word[:2], set()).add(len(word))
        # A word of one letter may begin with any other: it joins those.
        for key in [key for key in lengths if key[0] in self._words]:
            lengths[key].add(1)
        self._lengths = {key: tuple(sorted(known, reverse=True)) for key, known in lengths.items()}
        firsts = sorted({key[0] for key in lengths})
        self._places = re.compile("|".join(_first_letters(first, lengths) for first in firsts))

    def hits(self, text: str) -> list[_Hit]:
        found: list[_Hit] = []
        reached = 0
        for place in self._places.finditer(text):
            i = place.start()
            for length in self._lengths.get(text[i : i + 2]) or self._lengths[text[i]]:
                word = text[i : i + length]
                if word in self._words:
                    end = _end_of_word(text, i + len(word))
                    if end > reached:
                        found.append(_Hit(i, end, word))
                        reached = end
                        break
        return found


def _first_letters(first: str, starting: Collection[str]) -> str:
    """Return the expression for a letter that begins a word and is followed as in one; consumes that letter only."""
    place = re.escape(first) + (f"(?<![a-z]{first})" if _latin(first) else "")
    after = sorted({key[1] for key in starting if key[0] == first and len(key) > 1})
    return place if first in starting else f"{place}(?=[{''.join(map(re.escape, after))}])"


def _end_of_word(text: str, end: int) -> int:
    """Return where a word ends, a plural s included; 0 if Latin letters after it make it another word."""
    if _latin(text[end - 1]):
        if text.startswith("s", end):
            end += 1
        if end < len(text) and _latin(text[end]):
            return 0
    return end


def _latin(letter: str) -> bool:
    return "a" <= letter <= "z"


def _together(text: str, keywords: Keywords) -> list[_Hit]:
    """Return the things and what became of them that a text names; ``…`` stands for what is between."""
    return [_Hit(start, end, shown, code) for start, end, shown, code in find_pairs(text, keywords.pairs)]


def _spoken(finder: _Finder, text: str, keywords: Keywords) -> list[_Hit]:
    """Return the words a text affirms, and the things with what became of them that have a type."""
    kept: list[_Hit] = []
    denied: _Hit | None = None
    hits = _beside_poles(finder.hits(text), text)
    for hit, end in zip(hits, _ends(hits), strict=True):
        joined = denied is not None and text[denied.end : hit.start] in _AND_NEITHER
        if joined or _denied_before(text, hit) or _NOT_AFTER.match(text, end):
            denied = hit
        else:
            kept.append(hit)
    pairs = [hit for hit in _together(text, keywords) if hit.code]
    return [*kept, *(hit for hit in pairs if not _denied_before(text, hit) and not _NOT_AFTER.match(text, hit.end))]


def _beside_poles(hits: list[_Hit], text: str) -> list[_Hit]:
    """Return words without those that begin with the 杆 of a pole's number, where another goes on from it.

    70号杆断线了 says 断线 of pole 70, not 杆断.
    """
    followed = {hit for hit, after in pairwise(hits) if after.start < hit.end}
    of_pole = {hit for hit in followed if text[hit.start] in "杆塔" and _NUMBERED.search(text[: hit.start])}
    return [hit for hit in hits if hit not in of_pole]


_NUMBERED = re.compile(r"[号#\d]$")


def _ends(hits: list[_Hit]) -> list[int]:
    """Return for each word where those that overlap it end: 杆倒 in 号杆倒杆已处理 is denied as 倒杆 is."""
    ends = [hit.end for hit in hits]
    for i in range(len(hits) - 2, -1, -1):
        if hits[i + 1].start < hits[i].end:
            ends[i] = ends[i + 1]
    return ends


def _denied_before(text: str, hit: _Hit) -> bool:
    return _NOT_BEFORE.search(text[max(0, hit.start - _LOOK_BACK) : hit.start]) is not None


def _decide(
    words: tuple[tuple[str, str], ...], keywords: Keywords, known: Collection[str], urgent: frozenset[str]
) -> tuple[str, str, str]:
    """Return (type, matched_by, candidates) of a text that affirms these words, each with the code of a pair or ""."""
    meant = {word: (code,) if code else keywords.codes[word] for word, code in words}
    claims = {word: codes for word, every in meant.items() if (codes := [c for c in every if c in known])}
    firm = {word: codes for word, codes in claims.items() if word not in keywords.weak} or claims
    if not firm:
        return UNCLASSIFIED, "", ""
    best = _of_longest(firm)
    graver = {word: alarm for word, codes in firm.items() if (alarm := [c for c in codes if c in urgent])}
    if graver and not best & urgent:
        # Of names that one thing may be called by, the one of an emergency stands: a pole down, its stay slack.
        worst = _of_longest(graver)
        best = worst | {code for code in best if not any(worst | {code} <= group for group in keywords.groups)}
    rivals = {code for codes in firm.values() for code in codes if code in urgent} - best
    rivals = {code for code in rivals if not any(best | {code} <= group for group in keywords.groups)}
    sure = best | rivals
    longest = max(map(len, firm))
    said = [word for word, codes in firm.items() if len(word) == longest or sure & set(codes) & urgent]
    by = "keyword:" + "|".join(dict.fromkeys(keywords.shown.get(word, word) for word in said))
    if len(sure) == 1:
        return next(iter(best)), by, ""
    return UNCLASSIFIED, by, "|".join(sorted(sure))


def _of_longest(claims: Mapping[str, Collection[str]]) -> set[str]:
    longest = max(map(len, claims))
    return {code for word, codes in claims.items() if len(word) == longest for code in codes}
