"""The official schemas and code lists, read from where the user keeps them; they are no part of Ratsbuch.

A folder holds one folder a version (`3.0.0`, `3.1.0`, `4.0.0`) and `xoev` for what they share; the code lists lie in
`3.0.0/code_lists`. What a schema imports by a web address is taken from these folders by its file name: nothing is
fetched, and what is not there is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from archive.errors import InputError
from projections.export.xdomea.dialect import SCHEMA
from projections.export.xdomea.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lxml.etree import _Element as Element

_SHARED: Final = "xoev"
_LISTS: Final = ("3.0.0", "code_lists")
_SCHEMA_SIZE_MAX: Final = 8 * 2**20
_LISTS_MAX: Final = 1_000
_ERRORS_MAX: Final = 20


class _Offline(etree.Resolver):  # type: ignore[misc]  # lxml has no types
    """Gives imported schemas from a folder, whatever address they are imported by."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    def resolve(self, url: str, _id: str, context: Any) -> Any:  # noqa: ANN401  # as lxml has it
        name = url.rpartition("/")[2]
        for folder in self._folders:
            if (folder / name).is_file():
                return self.resolve_filename(str(folder / name), context)
        raise InputError(
            f"schema {name}: found none in {', '.join(str(folder) for folder in self._folders)}",
            hint="put the schema that is imported beside the others; nothing is fetched",
        )


def validator(folder: Path, version: str) -> etree.XMLSchema:
    """Give the official schema of the messages of a version.

    Raises:
        InputError: It is not there, or cannot be read.
    """
    path = folder / version / SCHEMA
    if not path.is_file():
        raise InputError(f"schema {path}: found none, expected the official schema of xdomea {version}")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser.resolvers.add(_Offline(path.parent, folder / _SHARED))
    try:
        return etree.XMLSchema(etree.parse(str(path), parser))
    except (etree.LxmlError, OSError) as error:
        raise InputError(f"schema {path}: cannot be read: {error}") from error


def schema_errors(schema: etree.XMLSchema, root: Element) -> tuple[str, ...]:
    """Give what a schema finds wrong, with the line; the first few of it."""
    if schema.validate(root):
        return ()
    return tuple(f"line {error.line}: {error.message}" for error in schema.error_log[:_ERRORS_MAX])


def code_lists(folder: Path) -> Mapping[str, frozenset[str]]:
    """Give the codes of the genericode lists, by the URI of the list; nothing where no lists are kept.

    Of 4.0.0 no lists are published as files; those of 3.0.0 serve for all versions.
    """
    found: dict[str, frozenset[str]] = {}
    for path in sorted(folder.joinpath(*_LISTS).glob("*.xml"))[:_LISTS_MAX]:
        if path.stat().st_size > _SCHEMA_SIZE_MAX:
            raise InputError(
                f"code list {path}: found {path.stat().st_size} bytes, expected {_SCHEMA_SIZE_MAX} at most"
            )
        root = parse(path.read_bytes(), str(path))
        key = root.find("ColumnSet/Key/ColumnRef")
        column = key.get("Ref") if key is not None else "code"
        codes = (value.findtext("SimpleValue") for value in root.iter("Value") if value.get("ColumnRef") == column)
        found[root.findtext("Identification/CanonicalUri", "")] = frozenset(filter(None, codes))
    return found
