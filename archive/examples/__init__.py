"""The demo register: command files that tell three stories, and the documents that they name.

It is to be read as well as recorded: the files show how each kind of fact is written. All of it is an example
(kein amtlicher Bestand), in our own words. Musterkreis is invented; of the Erzgebirgskreis only facts are used that
its own papers state, and no name of a private person.

The files are recorded in the order of their names into a register opened with `NAME`, `KIND` and `RULES`; each is a
step with an id of its own. Nothing but data comes in here.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

NAME: Final = "BEISPIEL (kein amtlicher Bestand): Erzgebirgskreis"
KIND: Final = "landkreis"
RULES: Final = "sn-landkreis"

_COMMANDS: Final = (".toml", ".jsonl")


def files() -> tuple[Path, ...]:
    """Give the command files in the order in which they are recorded."""
    return tuple(path for path in _all() if path.suffix in _COMMANDS)


def documents() -> dict[str, Path]:
    """Give the documents that the command files name, by base name."""
    return {path.name: path for path in _all() if path.suffix == ".txt"}


def _all() -> tuple[Path, ...]:
    return tuple(sorted(Path(str(resources.files(__name__))).iterdir()))
