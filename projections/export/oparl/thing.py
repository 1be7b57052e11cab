"""An object of the folder: where it lies, and in which lists it stands."""

from __future__ import annotations

from msgspec import Struct

from projections.export.oparl.sheet import Tree  # msgspec reads the annotations when a record class is made


class Thing(Struct, frozen=True, kw_only=True):
    """An object as it stands alone.

    Attributes:
        kind: What OParl calls it.
        path: Its file.
        tree: What it says.
        bodies: The bodies in whose lists it stands.
    """

    kind: str
    path: str
    tree: Tree
    bodies: tuple[str, ...]
