"""A successor names the register that it continues, and the last checkpoint that anybody has of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET
from support.archives import Made, batch, new_archive, pin_of, statement

from archive.errors import StorageError
from archive.genesis import Opening, create
from archive.keys import KeyFolder
from archive.log.memory import Memory
from archive.log.signing import read_log_signer
from archive.succession import predecessor_of
from archive.verify import ArchiveSource, Verdict, verify
from domain import events as e
from domain import vocabulary as v

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return new_archive(tmp_path / "old")


def sealed(made: Made, memory: Memory | None = None) -> bytes:
    """Record something and give the checkpoint over it."""
    with made.open() as archive:
        body = archive.streams("body")[0]
        event = e.OrganRegistered(body=body, name="Kreistag", kind=v.OrganKind.COUNCIL)
        archive.record(batch(statement(f"organ:{made.means.uuid7()}", event)), signer=made.signer())
        signer = read_log_signer(made.key_folder(), archive.log_keys_at(archive.size))
        return archive.checkpoint(signer, memory=memory).checkpoint.data


def test_register_without_checkpoint_is_named_without_one(made: Made) -> None:
    with made.open() as archive:
        register = archive.register
    found = predecessor_of(made.folder, means=made.means, memory=lambda _: None)
    assert (found.register, found.origin, found.checkpoint) == (f"register:{register.id}", register.origin, UNSET)


def test_newest_checkpoint_is_named_word_for_word(made: Made) -> None:
    sealed(made)
    note = sealed(made)
    assert predecessor_of(made.folder, means=made.means, memory=lambda _: None).checkpoint == note.decode()


def test_memory_is_asked_where_the_archive_was_rolled_back(made: Made, tmp_path: Path) -> None:
    copy = made.copy(tmp_path / "copy")
    memory = Memory(tmp_path / "state" / "memory")
    note = sealed(made, memory)
    found = predecessor_of(copy.folder, means=made.means, memory=lambda _: memory)
    assert found.checkpoint == note.decode()


def test_archive_that_cannot_be_opened_is_named_by_its_settings(made: Made, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state" / "memory")
    note = sealed(made, memory)
    with made.open() as archive:
        register = archive.register
    (made.folder / "record.db").unlink()
    found = predecessor_of(made.folder, means=made.means, memory=lambda _: memory)
    assert (found.register, found.checkpoint) == (f"register:{register.id}", note.decode())


def test_folder_that_is_no_archive_is_refused(made: Made, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="not an archive"):
        predecessor_of(tmp_path, means=made.means, memory=lambda _: None)


def test_successor_carries_it_in_its_genesis_and_verifies(made: Made, tmp_path: Path) -> None:
    note = sealed(made)
    predecessor = predecessor_of(made.folder, means=made.means, memory=lambda _: None)
    keys = KeyFolder(tmp_path / "new-keys", passphrase=None, random=made.means.random)
    opening = Opening(
        name="Musterkreis",
        kind=v.BodyKind.LANDKREIS,
        rule_set=e.RuleSetAdopted(name="Regelwerk", rules=()),
        predecessor=predecessor,
    )
    with create(tmp_path / "new", opening, means=made.means, keys=lambda _: keys) as archive:
        anchor = archive.register.anchor_hex
        opened = next(iter(archive.events_between())).event
    assert isinstance(opened, e.RegisterOpened)
    assert opened.predecessor == predecessor
    assert predecessor.checkpoint == note.decode()
    source = ArchiveSource(tmp_path / "new")
    assert verify(source, pin=pin_of(anchor)).verdict is Verdict.PASSED
    source.close()
