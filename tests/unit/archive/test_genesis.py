"""Opening a register: four events, keys outside, and all of it or nothing."""

from __future__ import annotations

import datetime
import errno
import hashlib
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET, structs
from support.archives import OPENED_AT, Clock, pin_of

from archive import genesis, settings
from archive.archive import Archive, Means
from archive.errors import InputError, StorageError
from archive.genesis import FIRST_SIGNER_ROLES, Opening, adopted, create, stated_now
from archive.keys import KeyFolder
from archive.token import parse
from archive.verify import ArchiveSource, Verdict, verify
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.errors import RuleError
from domain.rules.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Iterator

OPENING = Opening(
    name="Musterkreis",
    kind=v.BodyKind.LANDKREIS,
    rule_set=e.RuleSetAdopted(name="Regelwerk", rules=()),
    archive_of_record="Kreisarchiv",
    land="SN",
)


@pytest.fixture
def means() -> Means:
    return Means(clock=Clock(), random=random.Random(3).randbytes)


@pytest.fixture
def keys(tmp_path: Path, means: Means) -> KeyFolder:
    return KeyFolder(tmp_path / "keys", passphrase=None, random=means.random)


@pytest.fixture
def opened(tmp_path: Path, means: Means, keys: KeyFolder) -> Iterator[Archive]:
    with create(tmp_path / "archive", OPENING, means=means, keys=lambda _: keys) as archive:
        yield archive


def test_register_begins_with_four_events(opened: Archive) -> None:
    events = list(opened.events_between())
    register = opened.register
    assert [(r.position, r.event.TYPE, r.by.role) for r in events] == [
        (1, "register-opened/1", "root"),
        (2, "signer-enrolled/1", "root"),
        (3, "body-registered/1", "registrar"),
        (4, "rule-set-adopted/1", "registrar"),
    ]
    assert [r.stream for r in events[:2]] == [f"register:{register.id}"] * 2
    assert events[2].stream == events[3].stream
    assert {r.txn for r in events} == {events[0].txn}
    assert {r.recorded_at for r in events} == {OPENED_AT}
    body = events[2].event
    assert isinstance(body, e.BodyRegistered)
    assert (body.name, body.land, body.archive_of_record) == ("Musterkreis", "SN", "Kreisarchiv")


def test_genesis_holds_what_everything_rests_on(opened: Archive, keys: KeyFolder) -> None:
    row = opened.recorder.row(1)
    assert row is not None
    token = parse(row.state)
    event = opened.history(f"register:{opened.register.id}")[0].event
    assert isinstance(event, e.RegisterOpened)
    assert opened.register.anchor_hex == hashlib.sha256(row.state).hexdigest()
    assert token.payload.iss == f"urn:uuid:{opened.register.id}"
    assert (event.format_version, event.example, event.origin) == (1, False, f"{opened.register.id}.ratsbuch.invalid")
    assert token.header.certificate_digest == opened.trust.root.certificate_digest
    assert keys.has("root")
    assert str(event.log_ed25519).startswith(f"{event.origin}+")
    assert str(event.log_mldsa44).startswith(f"{event.origin}+")
    assert event.predecessor is UNSET


def test_first_signer_has_the_first_roles_and_its_key_lies_in_the_folder(opened: Archive, keys: KeyFolder) -> None:
    (first,) = opened.trust.signers()
    assert first.roles == FIRST_SIGNER_ROLES
    assert keys.persons() == (first.person,)
    names = sorted(path.name for path in keys.path.iterdir())
    assert names == sorted(
        [
            *(f"{name}.key.pem" for name in ("root", first.person, "log-ed25519", "log-mldsa44")),
            *(f"{name}.cert.pem" for name in ("root", first.person)),
        ]
    )
    assert not list(opened.folder.rglob("*.pem"))


def test_new_register_verifies_against_its_anchor(opened: Archive) -> None:
    source = ArchiveSource(opened.folder)
    report = verify(source, pin=pin_of(opened.register.anchor_hex))
    source.close()
    assert report.verdict is Verdict.PASSED
    assert opened.folder.stat().st_mode & 0o777 == 0o700


def test_example_origin_and_predecessor_stand_in_the_genesis(tmp_path: Path, means: Means, keys: KeyFolder) -> None:
    predecessor = x.Predecessor(register="register:00000000-0000-4000-8000-000000000001", origin="alt.invalid")
    opening = structs.replace(OPENING, example=True, origin="muster.example/log", predecessor=predecessor)
    with create(tmp_path / "archive", opening, means=means, keys=lambda _: keys) as archive:
        assert (archive.register.example, archive.register.origin) == (True, "muster.example/log")
        assert archive.settings.origin == "muster.example/log"
        event = archive.history(f"register:{archive.register.id}")[0].event
        assert isinstance(event, e.RegisterOpened)
        assert event.predecessor == predecessor


@pytest.mark.parametrize("algorithm", [v.SignatureAlgorithm.ES384, v.SignatureAlgorithm.PS256])
def test_register_may_sign_with_another_algorithm(
    tmp_path: Path, means: Means, keys: KeyFolder, algorithm: v.SignatureAlgorithm
) -> None:
    opening = structs.replace(OPENING, algorithm=algorithm)
    with create(tmp_path / "archive", opening, means=means, keys=lambda _: keys) as archive:
        assert {archive.trust.root.algorithm, *(s.algorithm for s in archive.trust.signers())} == {algorithm}


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_can_be_adopted(tmp_path: Path, means: Means, keys: KeyFolder, preset: str) -> None:
    opening = structs.replace(OPENING, rule_set=adopted(PRESETS[preset]))
    with create(tmp_path / "archive", opening, means=means, keys=lambda _: keys) as archive:
        event = next(archive.events_between(after=3)).event
        assert isinstance(event, e.RuleSetAdopted)
        assert (event.preset, event.rules) == (preset, PRESETS[preset].rules)


def test_what_is_stated_now_is_stated_to_the_second_and_public() -> None:
    said = stated_now("register:x", e.RegisterClosed(reason="x"), seconds=OPENED_AT + 0.9)
    at = datetime.datetime.fromtimestamp(OPENED_AT, tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert said.occurred == x.When(at=at, certainty=v.Certainty.STATED)
    assert said.visibility is v.Visibility.PUBLIC


# -- where it may be opened ----------------------------------------------------------------------


def test_empty_folder_is_taken(tmp_path: Path, means: Means, keys: KeyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with create(Path(), OPENING, means=means, keys=lambda _: keys) as archive:
        assert archive.folder == tmp_path / "empty"
    assert (tmp_path / "empty" / "record.db").is_file()


def test_folders_above_are_made(tmp_path: Path, means: Means, keys: KeyFolder) -> None:
    with create(tmp_path / "a" / "b" / "c", OPENING, means=means, keys=lambda _: keys) as archive:
        assert archive.size == 4


@pytest.mark.parametrize("what", ["a file", "a folder with a file", "an archive"])
def test_nothing_is_overwritten(tmp_path: Path, means: Means, keys: KeyFolder, what: str) -> None:
    folder = tmp_path / "archive"
    if what == "a file":
        folder.touch()
    elif what == "an archive":
        create(folder, OPENING, means=means, keys=lambda _: keys).close()
    else:
        folder.mkdir()
        (folder / "brief.txt").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StorageError) as caught:
        create(folder, OPENING, means=means, keys=lambda _: keys)
    assert caught.value.message == f"{folder}: exists already and is not empty"
    assert sorted(tmp_path.rglob("*")) == before


def test_folder_below_a_file_cannot_be_made(tmp_path: Path, means: Means, keys: KeyFolder) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="file/archive: cannot be made: "):
        create(tmp_path / "file" / "archive", OPENING, means=means, keys=lambda _: keys)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]


# -- what is refused, and leaves nothing ---------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": ""}, "name: found an empty text, expected the name of the body"),
        ({"name": " \t"}, "name: found an empty text, expected the name of the body"),
        ({"name": "Kreis\udcff"}, "name: found bytes that are no characters, expected UTF-8"),
        ({"origin": "zwei Wörter"}, "origin"),
        ({"origin": "a+b"}, "origin"),
        ({"origin": "a\nb"}, "origin"),
    ],
)
def test_name_or_origin_that_cannot_be_one_is_refused(
    tmp_path: Path, means: Means, keys: KeyFolder, changed: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        create(tmp_path / "archive", structs.replace(OPENING, **changed), means=means, keys=lambda _: keys)
    assert caught.value.message.startswith(message)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["Kreis\x00", "Kreis\ufffe", "x" * 70_000])
def test_name_that_no_export_could_carry_leaves_neither_archive_nor_keys(
    tmp_path: Path, means: Means, keys: KeyFolder, name: str
) -> None:
    with pytest.raises((RuleError, StorageError)):
        create(tmp_path / "archive", structs.replace(OPENING, name=name), means=means, keys=lambda _: keys)
    assert list(tmp_path.iterdir()) == []


def test_name_of_any_characters_is_kept_as_it_is(tmp_path: Path, means: Means, keys: KeyFolder) -> None:
    name = 'Kreis "Ö\\\x7f\x85\u2028 ' + "\U0001f600'''\n# x = 1"
    with create(tmp_path / "archive", structs.replace(OPENING, name=name), means=means, keys=lambda _: keys) as made:
        assert (made.register.name, made.settings.name) == (name, name)


@pytest.mark.fault
@pytest.mark.parametrize("step", ["settings", "database", "events", "keys", "rename", "first sync", "last sync"])
def test_disk_that_fails_on_the_way_leaves_no_archive(
    tmp_path: Path, means: Means, keys: KeyFolder, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def refused(*_: object, **__: object) -> None:
        raise StorageError("keys: the disk is full")

    target, name, fault = {
        "settings": (settings, "write", full),
        "database": (genesis, "create_database", full),
        "events": (Archive, "append", full),
        "keys": (KeyFolder, "write_signer", refused),
        "rename": (Path, "rename", full),
        "first sync": (genesis, "sync_folder", full),
        "last sync": (genesis, "sync_folder", lambda folder: full() if folder == tmp_path else None),
    }[step]
    with monkeypatch.context() as patch:
        patch.setattr(target, name, fault)
        with pytest.raises(StorageError) as caught:
            create(tmp_path / "archive", OPENING, means=means, keys=lambda _: keys)
    expected = f"{tmp_path / 'archive'}: cannot be made: No space left on device"
    assert caught.value.message == ("keys: the disk is full" if step == "keys" else expected)
    assert {p.name for p in tmp_path.iterdir()} <= {"keys"}
    # Another try does not stumble over what this one left: keys without an archive are only untidy.
    other = KeyFolder(tmp_path / "keys2", passphrase=None, random=os.urandom)
    with create(tmp_path / "archive", OPENING, means=means, keys=lambda _: other) as archive:
        assert archive.size == 4
