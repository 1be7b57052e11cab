"""Implementations by others have to accept what Ratsbuch writes, unchanged."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import pytest
import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]  # has no types
from jwcrypto.jws import JWS, InvalidJWSSignature  # type: ignore[import-untyped]  # same
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]  # same
from support.vectors import BAD, FOLDER, GOOD, SIGNERS, bad, check, good, signer_of

from archive.disclosure import base64url_decode, canonical, split
from archive.token import parse
from domain.values import WITHHELD

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.interop

ALGORITHMS = ("alg_es256", "alg_es384", "alg_ps256", "high_s", "event_register_opened_1", "event_ballot_held_1")


def certificate_key(token: bytes) -> JWK:
    """Give the key of the certificate that a token names, as it lies beside the vectors."""
    digest = parse(token).header.certificate_digest
    (name,) = [name for name, signer in SIGNERS.items() if signer.certificate_digest == digest]
    certificate = x509.load_pem_x509_certificate((FOLDER / "certificates" / f"{name}.pem").read_bytes())
    pem = certificate.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return JWK.from_pem(pem)


# -- JWS ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALGORITHMS)
def test_jws_library_verifies_a_token_with_the_signers_certificate(name: str) -> None:
    token, _ = good(name)
    jws = JWS()
    jws.deserialize(token.decode())

    jws.verify(certificate_key(token))

    assert jws.payload == base64url_decode(token.split(b".")[1], what="payload")
    assert jws.jose_header == json.loads(base64url_decode(token.split(b".")[0], what="header"))


@pytest.mark.parametrize(
    "name",
    [name for name in BAD if bad(name).rule == "TOKEN_SIGNATURE_INVALID"],
)
def test_jws_library_refuses_the_signatures_that_we_refuse(name: str) -> None:
    vector = bad(name)
    jws = JWS()
    jws.deserialize(vector.token)

    with pytest.raises(InvalidJWSSignature):
        jws.verify(certificate_key(good(f"alg_{vector.signer}")[0]))


# -- SD-JWT ---------------------------------------------------------------------------------------


def read_by_sd_jwt(token: bytes, row: bytes) -> dict[str, Any]:
    verifier = SDJWTVerifier((token + row).decode(), lambda _issuer, _header: certificate_key(token))
    payload: dict[str, Any] = verifier.get_verified_payload()
    return payload


def read_by_us(token: bytes, row: bytes) -> dict[str, Any]:
    """Give what we read from a token in the form in which an SD-JWT library gives it."""
    parsed, record = parse(token), check(token, row, signer_of(token))

    def said(struct: object, names: tuple[str, ...]) -> dict[str, Any]:
        values = {name: getattr(struct, name) for name in names}
        kept = {k: v for k, v in values.items() if v is not msgspec.UNSET and v is not WITHHELD}
        result: dict[str, Any] = json.loads(msgspec.json.encode(kept))
        return result

    return {
        **said(parsed.payload, ("by", "hides", "iss", "prev", "seq", "sub", "txn", "type", "visibility")),
        **said(record, ("occurred", "known", "authority", "sources")),
        "data": said(record.event, record.event.__struct_fields__),
    }


@pytest.mark.parametrize("name", GOOD)
def test_sd_jwt_library_reads_the_same_fields_from_token_and_disclosures(name: str) -> None:
    token, row = good(name)

    assert read_by_sd_jwt(token, row) == read_by_us(token, row)


@pytest.mark.parametrize("name", ["example", "blocked", "event_proposal_registered_1"])
def test_sd_jwt_library_reads_the_same_fields_when_disclosures_are_left_out(name: str) -> None:
    token, row = good(name)
    held = b"~" + b"".join(text + b"~" for text in split(row)[::2])

    assert read_by_sd_jwt(token, held) == read_by_us(token, held)
    assert read_by_sd_jwt(token, held) != read_by_us(token, row)


# -- JCS ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOOD)
def test_jcs_library_writes_header_payload_and_disclosures_as_they_stand(name: str) -> None:
    token, row = good(name)
    texts = [*token.split(b".")[:2], *split(row)]

    for raw in (base64url_decode(text, what="x") for text in texts):
        assert rfc8785.dumps(json.loads(raw)) == raw
        assert canonical(json.loads(raw)) == raw


# -- the recipe -----------------------------------------------------------------------------------

# All that the recipe says it needs, and all that it gets; the shell itself is named by its path.
TOOLS = ("base64", "cat", "cp", "head", "mktemp", "od", "openssl", "rm", "sha512sum", "tail", "tr", "wc")
Recipe: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "format.md"


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """Take the script out of the document and run it with nothing but the tools that it names."""
    (script,) = re.findall(
        r"^```sh\n(#!/bin/sh\n.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    (tmp_path / "check-token").write_text(script, encoding="utf-8")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        if found is None:
            missing = pytest.fail if os.environ.get("CI") else pytest.skip
            missing(f"{name} is not installed")
        assert found is not None
        (tools / name).symlink_to(found)
    environment = {"PATH": str(tools), "TMPDIR": str(tmp_path), "LC_ALL": "C"}

    def run(token: bytes, certificate: str, row: bytes | None = None) -> subprocess.CompletedProcess[str]:
        (tmp_path / "token").write_bytes(token)
        (tmp_path / "row").write_bytes(row or b"")
        command = ["/bin/sh", "check-token", "token", str(FOLDER / "certificates" / f"{certificate}.pem")]
        return subprocess.run(
            [*command, "row"] if row is not None else command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.checkout
@pytest.mark.parametrize(
    ("name", "certificate"),
    [
        ("example", "es256"),
        ("alg_es384", "es384"),
        ("alg_ps256", "ps256"),
        ("high_s", "es256"),
        ("withheld", "es256"),
        ("bare", "es256"),
        ("blocked", "es256"),
        ("event_register_opened_1", "root"),
        ("event_signer_enrolled_1", "root"),
        ("event_proposal_revised_1", "es256"),
    ],
)
def test_recipe_accepts_a_good_token_and_prints_what_it_says(recipe: Recipe, name: str, certificate: str) -> None:
    token, row = good(name)

    done = recipe(token, certificate, row)

    assert (done.stderr, done.returncode) == ("", 0)
    assert f"log entry: {hashlib.sha512(token).hexdigest()}\n" in done.stdout
    payload = base64url_decode(token.split(b".")[1], what="payload").decode()
    assert f"payload:   {payload}\n" in done.stdout
    for text in split(row):
        assert f"disclosed: {base64url_decode(text, what='disclosure').decode()}\n" in done.stdout


@pytest.mark.checkout
@pytest.mark.parametrize(
    "name", [name for name in BAD if bad(name).rule in {"TOKEN_SIGNATURE_INVALID", "TOKEN_ALGORITHM", "TOKEN_HEADER"}]
)
def test_recipe_refuses_bad_headers_and_signatures(recipe: Recipe, name: str) -> None:
    vector = bad(name)

    assert recipe(vector.raw, vector.signer).returncode != 0


@pytest.mark.checkout
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("disclosure_forged", "does not stand in the token"),
        ("disclosure_foreign", "does not stand in the token"),
        ("disclosure_surplus", "does not stand in the token"),
        ("disclosure_row_no_end", "disclosures: expected ~d1~d2~"),
        ("disclosure_row_empty", "disclosures: expected ~d1~d2~"),
        ("base64url_newline", "there is more in the file than a token"),
        ("parts_with_disclosures", "not header.payload.signature"),
        ("parts_four", "not header.payload.signature"),
    ],
)
def test_recipe_refuses_forged_disclosures_and_other_forms(recipe: Recipe, name: str, message: str) -> None:
    vector = bad(name)

    done = recipe(vector.raw, "es256", vector.row)

    assert done.returncode != 0
    assert message in done.stderr


@pytest.mark.checkout
def test_recipe_refuses_the_certificate_of_somebody_else(recipe: Recipe) -> None:
    done = recipe(good("example")[0], "root")

    assert done.returncode != 0
    assert done.stderr.startswith("check-token: header: found ")
