"""Characters: which ones no export could carry, what shows nothing at all, and which ones are worth a finding.

The first are refused, because an XML 1.0 document cannot hold them at all; and a text without a visible character,
because it would be a fifth kind of nothing beside the four of `domain.values`. Everything else that is odd is
kept as it came and reported by `domain.findings`; text that was signed is never repaired.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Raw, Struct

from domain.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.stream import Statement

TEXT_BYTES_MAX: Final = 64 * 1024

_C0: Final = "".join(chr(code) for code in range(32) if chr(code) not in "\t\n\r")
_FORBIDDEN: Final = re.compile(f"[{re.escape(_C0)}\ud800-\udfff\ufffe\uffff]")
# DEL, C1, soft hyphen, and the characters that steer the direction of text: a reader sees another text than
# the one that is stored. TAB, LF and CR are looked at only in titles, where they have no business.
_CONTROL: Final = re.compile("[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# What leaves no mark on paper: White_Space, the characters above, and those that Unicode calls default-ignorable or
# that show as a blank. A fixed list, because what was valid once must be so under every later version of Unicode.
_UNSEEN: Final = (
    "\x00-\x20\x7f-\xa0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
_SEEN: Final = re.compile(f"[^{_UNSEEN}]")
# The same in encoded JSON, as far as ASCII tells: between two quotes there is nothing that is seen for certain.
_NO_SEEN_ASCII: Final = re.compile(rb'"[^!-~]*"')
REPLACEMENT: Final = "\ufffd"

# DIN 91379:2022-08, data type E, the widest: all normative and extended characters, as ranges of code points.
# The combining marks of its sequences are listed one by one: that a mark stands after the letter for which the
# standard allows it is not checked, so a text that passes here may still fail the standard's own pattern.
_DIN_E: Final = re.compile(
    "[\t\n\r\x20-\x7e\xa0-\xac\xae-\u017e\u0187\u0188\u018f\u0192\u0197\u01a0\u01a1\u01af\u01b0\u01b7\u01cd-\u01dc"
    "\u01de\u01df\u01e2-\u01f0\u01f4\u01f5\u01f8-\u01ff\u0212\u0213\u0218-\u021b\u021e\u021f\u0227-\u0233\u0259"
    "\u0268\u0292\u02b0\u02b3\u02b9\u02ba\u02be\u02bf\u02c6\u02c8\u02cc\u02dc\u02e2\u0386\u0388-\u038a\u038c"
    "\u038e-\u03a1\u03a3-\u03ce\u040d\u0410-\u042a\u042c\u042e-\u044a\u044c\u044e\u044f\u045d\u1d48\u1d57\u1e02"
    "\u1e03\u1e06\u1e07\u1e0a-\u1e11\u1e17\u1e1c-\u1e2b\u1e2f-\u1e37\u1e3a\u1e3b\u1e40-\u1e49\u1e52-\u1e5b"
    "\u1e5e-\u1e63\u1e6a-\u1e6f\u1e80-\u1e87\u1e8c-\u1e97\u1e9e\u1ea0-\u1ef9\u2018-\u201a\u201c-\u201e\u2020"
    "\u2021\u2026\u2030\u2032\u2033\u2039\u203a\u2070\u2074-\u2079\u207f-\u2089\u20ac\u2122\u221e\u2264\u2265"
    "\u0300-\u0302\u0304\u0306-\u0308\u030b-\u030d\u0310\u0315\u031b\u0323\u0325-\u0328\u0331\u035f]*"
)


def is_visible(text: str) -> bool:
    """Say whether a text has a character that a reader sees."""
    return _SEEN.search(text) is not None


def strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Give every text in a value with its path; member names of free JSON count as text."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from strings(getattr(value, name), f"{path}/{name}")
    elif isinstance(value, Raw):
        try:
            tree = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # The decoder refuses what is no JSON and lone surrogates alike; the escape is text enough to name.
            tree = bytes(value).decode("utf-8", "surrogatepass").encode().decode("unicode_escape")
        yield from strings(tree, path)
    elif isinstance(value, tuple | list):
        for index, item in enumerate(value):
            yield from strings(item, f"{path}/{index}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield f"{path} (a name)", name
            yield from strings(item, f"{path}/{name}")


def decide_text(statement: Statement) -> None:
    """Refuse characters that no export could carry, texts that show nothing, and texts that have to be documents.

    Raises:
        RuleError: C0 other than TAB, LF and CR, a lone surrogate, U+FFFE or U+FFFF; a text without a visible
            character; a text over 64 KiB.
    """
    try:
        raw = msgspec.json.encode(statement)
    except UnicodeEncodeError:
        raw = b""
    # In encoded JSON they are escapes or begin with EF BF, and an empty text is two quotes with nothing between them.
    # Most statements hold none of it, which three searches show at once; in the others every text is looked at.
    plain = raw and len(raw) <= TEXT_BYTES_MAX and b"\\" not in raw and b"\xef\xbf" not in raw
    if plain and _NO_SEEN_ASCII.search(raw) is None:
        return
    name = statement.event.TYPE
    for section in ("event", "occurred", "known", "authority", "sources"):
        for path, text in strings(getattr(statement, section), "/data" if section == "event" else f"/{section}"):
            match = _FORBIDDEN.search(text)
            if match is not None:
                msg = (
                    f"{name}: field {path}: found U+{ord(match[0]):04X} at character {match.start() + 1}, "
                    f"expected no character that XML cannot hold"
                )
                raise RuleError(msg, hint="leave the character out; a document keeps its bytes as they are")
            if not is_visible(text):
                msg = (
                    f"{name}: field {path}: found a text without a visible character, expected one that says something"
                )
                raise RuleError(
                    msg, hint="leave the field out, or record it as left blank (null) where the form has it"
                )
            size = len(text.encode())
            if size > TEXT_BYTES_MAX:
                msg = f"{name}: field {path}: found a text of {size} bytes, expected at most {TEXT_BYTES_MAX}"
                raise RuleError(msg, hint="record it as a document and refer to it")


def controls(text: str, *, title: bool) -> tuple[str, ...]:
    """Name the characters that show as nothing or as something else, `U+XXXX`, each once, in order of code point."""
    found = set(_CONTROL.findall(text))
    if title:
        found.update(char for char in "\t\n\r" if char in text)
    return tuple(f"U+{ord(char):04X}" for char in sorted(found))


def outside_din_91379(text: str) -> tuple[str, ...]:
    """Name the characters that DIN 91379 knows in none of its data types, `U+XXXX`, each once.

    Source: DIN 91379:2022-08, data type E, by ranges of code points.
    """
    if _DIN_E.fullmatch(text):
        return ()
    return tuple(f"U+{ord(char):04X}" for char in sorted(set(text)) if not _DIN_E.fullmatch(char))


def is_nfc(text: str) -> bool:
    """Say whether a text is in the composed normal form."""
    return text.isascii() or unicodedata.is_normalized("NFC", text)
