"""Names: of containers, messages and files, and the UUIDs in them.

Source: the naming rules for xdomea 3.0.0, 3.1.0 and 4.0.0 of the Landesarchiv Nordrhein-Westfalen. The patterns of the
schemas are looser (they let `|` and any tail pass), so these here are our own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.stable_ids import stable_uuid

if TYPE_CHECKING:
    from collections.abc import Iterable

UUID: Final = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
IS_UUID: Final = re.compile(rf"{UUID}\Z")
# The messages that go to and fro in a process, with the names that 3.x puts into the file name.
MESSAGES: Final = {
    "0501": "Aussonderung.Anbieteverzeichnis",
    "0502": "Aussonderung.Bewertungsverzeichnis",
    "0503": "Aussonderung.Aussonderung",
    "0504": "Aussonderung.AnbietungEmpfangBestaetigen",
    "0505": "Aussonderung.BewertungEmpfangBestaetigen",
    "0506": "Aussonderung.AussonderungImportBestaetigen",
    "0507": "Aussonderung.AussonderungEmpfangBestaetigen",
}
_LONG: Final = "|".join(re.escape(f"{name}.{number}") for number, name in MESSAGES.items())
_CONTAINER: Final = re.compile(
    rf"(?P<process>{UUID})_(?:(?P<long>{_LONG})|(?P<short>05[0-9]{{2}})_(?P<number>[1-9][0-9]{{0,8}}))"
    rf"\.(?:zip|xdomea)\Z"
)
# What a receiving tool finds somewhere in a name; what stands before and behind does not trouble it.
LOOSE: Final = re.compile(rf"({UUID})_(?:[A-Za-z.]+\.)?(05[0-9]{{2}})(?:_[0-9]+)?\.(?:zip|xdomea)")
FILE: Final = re.compile(rf"({UUID})(?:_[A-Za-z0-9_-]{{1,100}})?\.[A-Za-z0-9]{{1,8}}\Z")


class ContainerName(Struct, frozen=True):
    """What the name of a container says.

    Attributes:
        process: The UUID of the process.
        message: The number of the message.
        is_long: Whether it has the form of 3.x; else that of 4.0.
        number: The running number of the message in its process; 1 in 3.x, which knows only one.
    """

    process: str
    message: str
    is_long: bool
    number: int


def stem(version: str, process: str, message: str, number: int) -> str:
    """Give the name that a container and the message in it share, without ending."""
    if version.startswith("3."):
        return f"{process}_{MESSAGES[message]}.{message}"
    return f"{process}_{message}_{number}"


def read_container_name(name: str) -> ContainerName | None:
    """Read the name of a container; None where it has neither form."""
    found = _CONTAINER.match(name)
    if found is None:
        return None
    if found["long"] is not None:
        return ContainerName(found["process"], found["long"][-4:], is_long=True, number=1)
    return ContainerName(found["process"], found["short"], is_long=False, number=int(found["number"]))


def object_uuid(register: str, kind: str, *parts: str) -> str:
    """Give the UUID of a Vorgang, a Dokument or a file: the same in every message, whatever else is in it.

    Args:
        register: UUID of the register.
        kind: What it is the UUID of, so that no two kinds share one.
        parts: What it stands for.
    """
    return stable_uuid(register, kind, *parts)


def process_uuid(register: str, streams: Iterable[str]) -> str:
    """Give the UUID of the process in which some records are offered and handed over.

    The number of the message is no part of it: the answer to an offer and the handover after it belong to one process,
    and the receiving tool knows them by this UUID.
    """
    return object_uuid(register, "prozess", *sorted(streams))
