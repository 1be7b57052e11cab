"""What a receiving tool looks at, as numbered rules with codes of their own, and the bounds in which it is looked at.

Rules 1 to 17 follow what an archive's tool checks when it takes a container in; 9 is missing, because it says what is
not checked. What comes after them is ours: bounds, codes, hash values, names. A container that breaks a rule has a
problem with the rule's code; nothing is unpacked to the disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.export.xdomea.checks_archive import open_container
from projections.export.xdomea.checks_message import check_message
from projections.export.xdomea.naming import LOOSE, read_container_name
from projections.export.xdomea.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from projections.export.xdomea.reading import ReadMessage

__all__ = ["Problem", "check_container"]


def check_container(
    name: str,
    source: bytes | Path,
    *,
    schemas: Path | None = None,
    authority: str | None = None,
    offered: ReadMessage | None = None,
) -> tuple[Problem, ...]:
    """Give what is wrong with a container; nothing where a receiving tool would take it.

    Args:
        name: Its file name.
        source: Its bytes, or where it lies.
        schemas: The folder of the official schemas; None leaves out rules 8 and 20.
        authority: The Behördenkennung from which it is expected, `prefix:key`.
        offered: The offer (0501) that it answers to.

    Raises:
        InputError: The schemas cannot be read.
    """
    return tuple(_check(name, source, schemas, authority, offered))


def _check(
    name: str, source: bytes | Path, schemas: Path | None, authority: str | None, offered: ReadMessage | None
) -> Iterator[Problem]:
    known = read_container_name(name)
    if known is None:
        if LOOSE.search(name) is None:
            yield problem(
                "NAME_UNKNOWN", name, "expected <ProzessID>_Aussonderung.Aussonderung.0503.zip or _0503_1.zip"
            )
            return
        yield problem("NAME_NOT_EXACT", name, "something stands before or behind what makes the name")
    found: list[Problem] = []
    with open_container(name, source, found) as container:
        yield from found
        if container is None:
            return
        yield from check_message(name, known, container, schemas=schemas, authority=authority, offered=offered)
