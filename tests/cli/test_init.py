"""`ratsbuch init`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.terminal import complaints

import cli
from archive.keys import KeyFolder
from domain.rules import PRESETS
from domain.vocabulary import RevocationReason, Role, SignatureAlgorithm

UNENCRYPTED = "ratsbuch: warning: the keys are not encrypted: whoever can read the files can sign"


def init(folder: Path, *more: str, stdin: str | None = None, name: str = "Musterkreis") -> Result:
    arguments = ["init", str(folder), "--name", name, "--kind", "landkreis", "--rules", "sn-landkreis", *more]
    return CliRunner().invoke(cli.main, arguments, input=stdin)


def test_choices_are_those_of_the_domain() -> None:
    assert set(cli.PRESETS) == set(PRESETS)
    assert set(cli.ROLES) == set(Role) - {Role.ROOT}
    assert set(cli.ALGORITHMS) == set(SignatureAlgorithm)
    assert set(cli.REASONS) == set(RevocationReason)


def test_init_prints_and_pins_the_anchor(tmp_path: Path) -> None:
    result = init(tmp_path / "new", "--json", "--example", "--archive-of-record", "Kreisarchiv")
    assert (result.exit_code, complaints(result)) == (0, [UNENCRYPTED])
    opened = json.loads(result.stdout)
    assert set(opened) == {
        *("format", "register", "name", "example", "anchor", "archive", "keys", "pin", "person", "roles", "events"),
        *("size", "root", "witnesses"),
    }
    assert (opened["format"], opened["name"], opened["example"]) == ("ratsbuch-init/1", "Musterkreis", True)
    assert opened["events"] == 4
    assert opened["roles"] == ["registrar", "clerk", "archivist", "importer"]
    pin = Path(os.environ["XDG_CONFIG_HOME"]) / "ratsbuch" / "trust" / f"{opened['register']}.policy"
    assert opened["pin"] == str(pin)
    assert f"# anchor {opened['anchor']}" in pin.read_text(encoding="utf-8").splitlines()
    keys = Path(opened["keys"])
    assert keys == Path(os.environ["XDG_DATA_HOME"]) / "ratsbuch" / "keys" / opened["register"]
    assert keys.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in keys.iterdir())


def test_init_says_what_to_do_with_the_root_key(tmp_path: Path) -> None:
    printed = init(tmp_path / "new").stdout
    assert "Take root.key.pem and root.cert.pem offline" in printed
    assert "Write the anchor down on paper" in printed


def test_keys_lie_where_keys_says(tmp_path: Path) -> None:
    assert init(tmp_path / "new", "--keys", str(tmp_path / "elsewhere")).exit_code == 0
    assert (tmp_path / "elsewhere" / "root.key.pem").is_file()
    assert not Path(os.environ["XDG_DATA_HOME"]).exists()


def test_folder_that_holds_something_is_refused_with_7(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = init(tmp_path)
    assert result.exit_code == 7
    assert complaints(result)[1:] == [
        f"ratsbuch: error: {tmp_path}: exists already and is not empty",
        "ratsbuch: hint: choose another folder; nothing is overwritten",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert not Path(os.environ["XDG_DATA_HOME"]).exists()


def test_name_without_a_letter_is_refused_with_6(tmp_path: Path) -> None:
    result = init(tmp_path / "new", name=" ")
    assert result.exit_code == 6
    assert complaints(result)[1] == "ratsbuch: error: name: found an empty text, expected the name of the body"
    assert not (tmp_path / "new").exists()


def test_unknown_preset_is_wrong_usage(tmp_path: Path) -> None:
    arguments = ["init", str(tmp_path / "new"), "--name", "x", "--kind", "landkreis", "--rules", "th-landkreis"]
    result = CliRunner().invoke(cli.main, arguments)
    assert result.exit_code == 2
    assert "'th-landkreis' is not one of 'sn-landkreis', 'sn-gemeinde', 'bw-gemeinde'" in result.stderr


def test_keys_are_encrypted_with_the_passphrase_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "passphrase").write_bytes("Löwenzahn\n".encode())
    monkeypatch.setenv("RATSBUCH_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    result = init(tmp_path / "new", "--keys", str(tmp_path / "keys"))
    assert (result.exit_code, result.stderr) == (0, "")
    folder = KeyFolder(tmp_path / "keys", passphrase="Löwenzahn".encode(), random=os.urandom)
    assert folder.encrypted
    folder.read_key("root")
    assert "Löwenzahn" not in result.output


@pytest.mark.parametrize(("content", "says"), [(None, "cannot be read: No such file"), (b"\nsecret\n", "empty first")])
def test_passphrase_file_that_has_none_is_refused_with_7(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, says: str
) -> None:
    path = tmp_path / "passphrase"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("RATSBUCH_PASSPHRASE_FILE", str(path))
    result = init(tmp_path / "new")
    assert result.exit_code == 7
    assert complaints(result)[0].startswith(f"ratsbuch: error: passphrase file {path}: ")
    assert says in complaints(result)[0]
    assert not (tmp_path / "new").exists()


def test_passphrase_is_asked_for_twice_on_a_terminal_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_at_terminal", lambda: True)
    result = init(tmp_path / "new", "--keys", str(tmp_path / "keys"), stdin="sesam\nsesam\n")
    assert result.exit_code == 0
    assert "Passphrase for the new keys" in result.stderr
    assert "sesam" not in result.output
    assert KeyFolder(tmp_path / "keys", passphrase=None, random=os.urandom).encrypted
