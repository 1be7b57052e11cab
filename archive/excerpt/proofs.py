"""Proofs of many events against one checkpoint: out of the tiles where they are sound, else out of the events.

Each proof is checked before it is given out, so that a damaged cache gives a slower export and never a wrong one.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from archive.errors import InputError, IntegrityError, StorageError
from archive.log import merkle
from archive.log.sequencer import batches

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.archive import Archive
    from archive.log.head import TreeHead

_UNFIT = (InputError, IntegrityError, StorageError)


class Proofs:
    """Gives the proofs of a register's events and older checkpoints against one checkpoint.

    Args:
        archive: The archive.
        head: What the checkpoint states.
    """

    def __init__(self, archive: Archive, head: TreeHead) -> None:
        self._archive = archive
        self._head = head
        self._tree = archive.log_folder.tree(head.size)
        self._hash_of: Callable[[int, int], bytes] | None = None

    def inclusion(self, position: int, entry: bytes) -> tuple[bytes, ...]:
        """Give the proof of an event.

        Raises:
            IntegrityError: The record does not have the checkpoint's root, or another event at that position.
        """
        index, size = position - 1, self._head.size
        leaf = merkle.leaf_hash(entry)
        try:
            hashes = self._tree.inclusion(index)
            merkle.verify_inclusion(index, size, leaf, hashes, self._head.root)
        except _UNFIT:
            hashes = merkle.prove(merkle.inclusion_ranges(index, size), self._from_events())
            merkle.verify_inclusion(index, size, leaf, hashes, self._head.root)
        return hashes

    def consistency(self, old: TreeHead) -> tuple[bytes, ...]:
        """Give the proof that the checkpoint is over the events of an older one, and more.

        Raises:
            IntegrityError: It is not.
        """
        size = self._head.size
        try:
            hashes = self._tree.consistency(old.size)
            merkle.verify_consistency(old.size, size, hashes, old.root, self._head.root)
        except _UNFIT:
            hashes = merkle.prove(merkle.consistency_ranges(old.size, size), self._from_events())
            merkle.verify_consistency(old.size, size, hashes, old.root, self._head.root)
        return hashes

    def _from_events(self) -> Callable[[int, int], bytes]:
        """Hash all events once; the roots of the ranges that proofs share are computed once too."""
        if self._hash_of is None:
            leaves: list[merkle.LeafHash] = []
            for batch in batches(self._archive, after=0, until=self._head.size):
                leaves += merkle.leaf_hashes(batch)
            self._hash_of = functools.lru_cache(maxsize=100_000)(merkle.range_hash(leaves))
        return self._hash_of
