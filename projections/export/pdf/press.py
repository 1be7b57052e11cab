"""Makes a PDF out of a template and data.

Promises: PDF/A-2a and PDF/UA-1; only the fonts that the library brings, embedded; the same data give the same bytes;
text is data and is never read as markup; whatever the text holds, there is a page. Reads nothing but the templates
beside it: no system fonts, no packages, no network.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from archive.errors import StorageError
from projections.export.pdf.glyphs import Escaping, Tree

if TYPE_CHECKING:
    from types import ModuleType

    import typst

_LIBRARY: Final = "typst"
_HINT: Final = "install Ratsbuch with its extra: pip install 'ratsbuch[pdf]'"
_STANDARDS: Final = ("a-2a", "ua-1")
_DATA: Final = "daten"
_COMMON: Final = "common.typ"
# Each round writes out every character that the library refused in the round before. The second round passes but for
# marks whose letter was written out under them; the last one writes out all that is not ASCII.
_ROUNDS: Final = 4
_REFUSED: Final = (
    re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL),
    re.compile(r'the PDF contains the codepoint `"(.*?)"`', re.DOTALL),
)
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-fA-F]{1,6})\}")


class Sheet(Struct, frozen=True, kw_only=True):
    """What is to be printed.

    Attributes:
        template: Name of the template.
        title: Title of the document.
        author: Whose document it is.
        day: The day that it bears, `YYYY-MM-DD`.
        data: What the template is filled with.
    """

    template: str
    title: str
    author: str
    day: str
    data: dict[str, Tree]


class Printed(Struct, frozen=True, kw_only=True):
    """A PDF, and the characters that it shows as their numbers."""

    data: bytes
    missing_glyphs: tuple[str, ...]


def available() -> bool:
    """Say whether the extra `pdf` is installed."""
    return importlib.util.find_spec(_LIBRARY) is not None


def print_sheet(sheet: Sheet) -> Printed:
    """Print a document.

    Raises:
        StorageError: The extra `pdf` is not installed, or the library does not take a template of ours.
    """
    error_type = _error()
    unshown: frozenset[str] = frozenset()
    for round_ in range(1, _ROUNDS + 1):
        escaping = Escaping(unshown)
        data = escaping.tree({"titel": sheet.title, "verfasser": sheet.author, "tag": sheet.day, **sheet.data})
        try:
            return Printed(data=_compile(sheet, json.dumps(data)), missing_glyphs=escaping.found)
        except error_type as error:
            refused = _refused(error.diagnostic)
            if round_ == _ROUNDS - 1:
                refused |= _beyond_ascii(data)
            if not refused - unshown:
                msg = f"{sheet.template}: {error.message}"
                raise StorageError(msg, hint="report this: a template of Ratsbuch does not fit the library") from error
            unshown |= refused
    msg = f"{sheet.template}: some text cannot be shown even as the numbers of its characters"
    raise StorageError(msg, hint="report this: no record may be impossible to print")


def _compile(sheet: Sheet, data: str) -> bytes:
    compiler = _compiler()
    made = compiler.compile(
        input=_source(sheet.template),
        format="pdf",
        sys_inputs={_DATA: data},
        pdf_standards=list(_STANDARDS),
        timestamp=datetime.fromisoformat(sheet.day).replace(tzinfo=UTC),
    )
    return cast("bytes", made)  # one file, because the format is PDF and no output is named


@functools.cache
def _compiler() -> typst.Compiler:
    """Give the one compiler of this process: reading the fonts takes longer than a page."""
    library = _library()
    fonts = library.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    # A template may read below the root; there is nothing but templates.
    root = Path(__file__).parent / "templates"
    compiler: typst.Compiler = library.Compiler(root=root, font_paths=fonts, ignore_system_fonts=True)
    return compiler


@functools.cache
def _source(template: str) -> bytes:
    folder = files("projections.export.pdf") / "templates"
    return b"\n".join((folder / name).read_bytes() for name in (_COMMON, template))


def _library() -> ModuleType:
    try:
        import typst  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        msg = "format pdf: the library typst is not installed, expected it for PDF/A"
        raise StorageError(msg, hint=_HINT) from error
    return typst


def _error() -> type[typst.TypstError]:
    error: type[typst.TypstError] = _library().TypstError
    return error


def _refused(diagnostic: str) -> frozenset[str]:
    """Give the characters that the library says it cannot show; a letter that is plain ASCII is never one."""
    texts = [_unescaped(found) for pattern in _REFUSED for found in pattern.findall(diagnostic)]
    return frozenset(character for text in texts for character in text if not character.isascii())


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _beyond_ascii(value: Tree) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(character for character in value if not character.isascii())
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return frozenset[str]().union(*(_beyond_ascii(one) for one in value))
    return frozenset()
