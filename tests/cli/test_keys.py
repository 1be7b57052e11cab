"""`ratsbuch keys`: admitting, revoking, listing, and choosing the key that signs."""

from __future__ import annotations

from typing import Any, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from support.signers import fixed_signer
from support.terminal import ORGAN, PROPOSAL, Terminal, complaints

from domain.vocabulary import SignatureAlgorithm


def listed(terminal: Terminal) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", terminal.json("keys", "list")["keys"])


def enrolled(terminal: Terminal, *roles: str, more: tuple[str, ...] = ()) -> dict[str, Any]:
    options = [part for role in roles for part in ("--role", role)]
    return terminal.json("keys", "enrol", *options, *more)


# -- list -----------------------------------------------------------------------------------------


def test_list_has_the_root_key_and_the_first_signer(terminal: Terminal) -> None:
    root, first = listed(terminal)
    assert (root["person"], root["roles"], root["since"], root["here"]) == (terminal.register, ["root"], 1, True)
    assert (first["roles"], first["since"]) == (["registrar", "clerk", "archivist", "importer"], 2)
    assert (first["until"], first["name"], first["here"]) == (None, None, True)
    printed = terminal.ok("keys", "list")
    assert f"person {first['person']}" in printed
    assert printed.count("private key in the key folder") == 2


def test_list_needs_no_keys(terminal: Terminal) -> None:
    for path in terminal.keys.iterdir():
        path.unlink()
    assert [key["here"] for key in listed(terminal)] == [False, False]


# -- enrol ----------------------------------------------------------------------------------------


def test_new_key_records_in_its_role(terminal: Terminal) -> None:
    key = enrolled(terminal, "clerk")
    assert set(key) == {
        *("format", "dry_run", "person", "roles", "algorithm", "certificate_digest", "file"),
        *("size", "root", "witnesses"),
    }
    assert (key["format"], key["roles"], key["file"]) == ("ratsbuch-keys-enrol/1", ["clerk"], key["person"])
    terminal.ok("record", terminal.write(ORGAN), "--signer", key["person"])
    assert terminal.run("verify").exit_code == 0


def test_second_key_of_a_person_gets_files_of_its_own(terminal: Terminal) -> None:
    first = enrolled(terminal, "clerk")
    second = enrolled(terminal, "legal", more=("--person", first["person"], "--algorithm", "ES384"))
    assert (second["person"], second["file"]) == (first["person"], f"{first['person']}.2")
    assert second["algorithm"] == "ES384"
    assert second["certificate_digest"] != first["certificate_digest"]
    digest = second["certificate_digest"][:10]
    result = terminal.run("record", terminal.write(ORGAN), "--signer", digest)
    assert result.exit_code == 5
    assert "is not enrolled as clerk, but as legal" in complaints(result)[0]
    terminal.ok("record", terminal.write(ORGAN), "--signer", first["certificate_digest"][:10])


def test_foreign_certificate_is_enrolled_with_the_algorithm_that_fits(terminal: Terminal) -> None:
    signer = fixed_signer("foreign", SignatureAlgorithm.PS256).signer
    path = terminal.folder / "qualified.der"
    path.write_bytes(signer.certificate)
    key = enrolled(terminal, "archivist", more=("--certificate", str(path)))
    assert (key["algorithm"], key["certificate_digest"], key["file"]) == ("PS256", signer.certificate_digest, None)
    assert listed(terminal)[-1]["here"] is False
    assert terminal.run("verify").exit_code == 0


def test_roles_are_added_by_enrolling_the_certificate_again(terminal: Terminal) -> None:
    first = listed(terminal)[1]
    certificate = terminal.keys / f"{first['person']}.cert.pem"
    enrolled(terminal, "legal", more=("--certificate", str(certificate), "--person", first["person"]))
    terminal.ok("record", terminal.write(ORGAN))
    roles = [set(key["roles"]) for key in listed(terminal) if key["person"] == first["person"]]
    assert roles == [{"registrar", "clerk", "archivist", "importer"}, {"legal"}]


def test_dry_run_enrols_nothing(terminal: Terminal) -> None:
    before, files = terminal.state(), sorted(terminal.keys.iterdir())
    printed = terminal.ok("keys", "enrol", "--role", "clerk", "--dry-run")
    assert printed.startswith("would enrol")
    assert (terminal.state(), sorted(terminal.keys.iterdir())) == (before, files)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"certificate", "not an X.509 certificate (PEM or DER)"),
    ],
)
def test_file_that_is_no_certificate_is_refused_with_6(terminal: Terminal, content: bytes | None, says: str) -> None:
    path = terminal.folder / "some.pem"
    if content is not None:
        path.write_bytes(content)
    before = terminal.state()
    result = terminal.run("keys", "enrol", "--role", "clerk", "--certificate", path)
    assert (result.exit_code, complaints(result)) == (6, [f"ratsbuch: error: certificate {path}: {says}"])
    assert terminal.state() == before


def test_certificate_that_does_not_fit_the_algorithm_is_refused_with_6(terminal: Terminal) -> None:
    path = terminal.folder / "p256.pem"
    path.write_bytes(fixed_signer("foreign").certificate_pem)
    result = terminal.run("keys", "enrol", "--role", "clerk", "--certificate", path, "--algorithm", "PS256")
    assert result.exit_code == 6
    assert complaints(result) == [
        f"ratsbuch: error: certificate {path}: its key is none for PS256",
        "ratsbuch: hint: ES256 wants a P-256 key, ES384 a P-384 key, PS256 an RSA key of 3000 bits or more",
    ]


def test_certificate_of_somebody_else_is_refused_with_5(terminal: Terminal) -> None:
    first = listed(terminal)[1]
    path = terminal.keys / f"{first['person']}.cert.pem"
    result = terminal.run("keys", "enrol", "--role", "legal", "--certificate", path)
    assert result.exit_code == 5
    assert complaints(result)[0].endswith(f"it is enrolled as that of person {first['person']}")


def test_without_the_root_key_nothing_is_enrolled(terminal: Terminal) -> None:
    (terminal.keys / "root.key.pem").rename(terminal.folder / "offline.pem")
    before = terminal.state()
    result = terminal.run("keys", "enrol", "--role", "clerk")
    assert result.exit_code == 7
    assert complaints(result) == [
        f"ratsbuch: error: key folder {terminal.keys}: found no root key, which alone admits and revokes keys",
        "ratsbuch: hint: put root.key.pem and root.cert.pem back for this command, or name their folder with --keys",
    ]
    assert terminal.state() == before


def test_root_key_of_another_register_enrols_nothing(terminal: Terminal) -> None:
    other = Terminal(terminal.folder / "other", terminal.folder)
    other.run("init", other.archive, "--name", "x", "--kind", "gemeinde", "--rules", "sn-gemeinde")
    result = terminal.run("keys", "enrol", "--role", "clerk", "--keys", other.keys)
    assert result.exit_code == 7
    assert complaints(result)[0] == (
        f"ratsbuch: error: key folder {other.keys}: its root key is not the one of register {terminal.register}"
    )


def test_nobody_is_given_the_role_root(terminal: Terminal) -> None:
    assert terminal.run("keys", "enrol", "--role", "root").exit_code == 2


# -- revoke ---------------------------------------------------------------------------------------


def test_revoked_key_records_no_more_and_what_it_signed_stays(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(ORGAN))
    first = listed(terminal)[1]
    printed = terminal.ok("keys", "revoke", first["person"], "--reason", "left").splitlines()
    assert printed[0] == f"revoked  {first['certificate_digest']}  person {first['person']}"
    assert listed(terminal)[1]["until"] == 6
    result = terminal.run("record", terminal.write(PROPOSAL))
    assert result.exit_code == 7
    assert complaints(result) == [
        f"ratsbuch: error: key folder {terminal.keys}: found no key that may record; of those there, 1 were revoked",
        "ratsbuch: hint: let the root key enrol one with `ratsbuch keys enrol`",
    ]
    assert terminal.run("verify").exit_code == 0


def test_what_a_compromised_key_signed_since_is_doubted(terminal: Terminal) -> None:
    terminal.ok("record", terminal.write(ORGAN))
    first = listed(terminal)[1]
    since = ("--reason", "key_compromised", "--compromised-since", "2020-01-01T00:00:00+01:00")
    document = terminal.json("keys", "revoke", first["person"], *since)
    assert (document["format"], document["dry_run"]) == ("ratsbuch-keys-revoke/1", False)
    result = terminal.run("verify")
    assert result.exit_code == 3
    assert "SIGNER_LATER_DISTRUSTED  position 5  indeterminate" in result.stdout


def test_person_with_several_keys_is_named_by_digest(terminal: Terminal) -> None:
    first = listed(terminal)[1]
    second = enrolled(terminal, "legal", more=("--person", first["person"]))
    before = terminal.state()
    result = terminal.run("keys", "revoke", first["person"], "--reason", "left")
    assert result.exit_code == 6
    assert "which means 2 keys that stand, expected one" in complaints(result)[0]
    assert terminal.state() == before
    digests = [first["certificate_digest"], second["certificate_digest"]]
    terminal.ok("keys", "revoke", *digests, "--reason", "left")
    assert {key["until"] is not None for key in listed(terminal)[1:]} == {True}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nobody", "--reason", "left"), 'found "nobody", which means 0 keys that stand, expected one'),
        (("{first}", "--reason", "key_lost", "--compromised-since", "gestern"), "expected a moment with its offset"),
    ],
)
def test_revocation_of_nothing_is_refused_with_6(terminal: Terminal, arguments: tuple[str, ...], says: str) -> None:
    before, person = terminal.state(), listed(terminal)[1]["person"]
    result = terminal.run("keys", "revoke", *(a.format(first=person) for a in arguments))
    assert result.exit_code == 6
    assert says in complaints(result)[0]
    assert terminal.state() == before


def test_dry_run_revokes_nothing(terminal: Terminal) -> None:
    before, person = terminal.state(), listed(terminal)[1]["person"]
    assert terminal.ok("keys", "revoke", person, "--reason", "left", "--dry-run").startswith("would revoke")
    assert terminal.state() == before


def test_revoked_certificate_is_not_enrolled_again(terminal: Terminal) -> None:
    first = listed(terminal)[1]
    certificate = terminal.keys / f"{first['person']}.cert.pem"
    terminal.ok("keys", "revoke", first["person"], "--reason", "key_lost")
    result = terminal.run(
        *("keys", "enrol", "--role", "clerk", "--certificate", certificate, "--person", first["person"])
    )
    assert result.exit_code == 5
    assert "it was revoked at position 5, and never counts again" in complaints(result)[0]


# -- choosing -------------------------------------------------------------------------------------


def test_several_keys_and_none_named_is_refused_with_5_and_lists_them(terminal: Terminal) -> None:
    first, second = listed(terminal)[1], enrolled(terminal, "clerk")
    before = terminal.state()
    result = terminal.run("record", terminal.write(ORGAN))
    assert result.exit_code == 5
    said = complaints(result)
    assert said[0] == (f"ratsbuch: error: key folder {terminal.keys}: 2 keys may record, expected one to be named:")
    assert set(said[1:3]) == {
        (
            f"ratsbuch: error:   {first['certificate_digest'][:10]}  person {first['person']}  "
            "as archivist, clerk, importer, registrar"
        ),
        f"ratsbuch: error:   {second['certificate_digest'][:10]}  person {second['person']}  as clerk",
    }
    assert said[3].startswith("ratsbuch: hint: name it with --signer, such as --signer ")
    assert terminal.state() == before


@pytest.mark.parametrize("wanted", ["abc", "00000000-0000-4000-8000-000000000000"])
def test_signer_that_is_not_there_is_refused_with_7(terminal: Terminal, wanted: str) -> None:
    result = terminal.run("record", terminal.write(ORGAN), "--signer", wanted)
    assert result.exit_code == 7
    assert complaints(result)[0] == (
        f'ratsbuch: error: key folder {terminal.keys}: found no key "{wanted}" that may record'
    )


def test_beginning_of_a_digest_that_is_too_short_names_nobody(terminal: Terminal) -> None:
    digest = listed(terminal)[1]["certificate_digest"]
    assert terminal.run("record", terminal.write(ORGAN), "--signer", digest[:5]).exit_code == 7
    terminal.ok("record", terminal.write(ORGAN), "--signer", digest[:6])


def test_certificate_of_another_key_ends_with_7(terminal: Terminal) -> None:
    first = listed(terminal)[1]
    second = enrolled(terminal, "clerk")
    (terminal.keys / f"{second['person']}.key.pem").replace(terminal.keys / f"{first['person']}.key.pem")
    result = terminal.run("record", terminal.write(ORGAN))
    assert result.exit_code == 7
    assert complaints(result)[0].endswith(f"it is not the certificate of {first['person']}.key.pem")


def test_certificates_are_pem_that_others_read(terminal: Terminal) -> None:
    first = listed(terminal)[1]
    text = (terminal.keys / f"{first['person']}.cert.pem").read_bytes()
    certificate = x509.load_pem_x509_certificate(text)
    assert certificate.public_bytes(Encoding.PEM) == text
