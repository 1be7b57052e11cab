"""Make the vectors of the token.

Tokens are put together here from plain values, straight from `docs/format.md`, without `archive.token` and
`archive.disclosure`, so that the two cannot share a mistake. The fields of the types come from the catalogue, keys
and certificates from `support.signers`. Everything is fixed: running it again gives the same bytes.
"""

from __future__ import annotations

import base64
import copy
import functools
import hashlib
import hmac
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

TESTS: Final = Path(__file__).resolve().parents[1]
if str(TESTS) not in sys.path:  # run as a script
    sys.path.insert(0, str(TESTS))

from support.examples import CLERK, example_statement, opener_of, role_of, stream_of, visibilities  # noqa: E402
from support.signers import OPENED_AT, ORDERS, REGISTER, FixedSigner, fixed_signer, name_uuid  # noqa: E402

from domain.events import CATALOGUE  # noqa: E402
from domain.vocabulary import SignatureAlgorithm, Visibility  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE: Final = Path(__file__).resolve().parent / "token"
CTY: Final = "vnd.ratsbuch.event.v1+json"
ENVELOPE: Final = ("authority", "known", "occurred", "sources")
# The signers of the good vectors: one for each algorithm. All other vectors are the first one's.
SIGNERS: Final = {
    "es256": fixed_signer(CLERK),
    "es384": fixed_signer("clerk-es384", SignatureAlgorithm.ES384),
    "ps256": fixed_signer("clerk-ps256", SignatureAlgorithm.PS256),
}
ES256: Final = SIGNERS["es256"]
ROOT: Final = fixed_signer("root")

Json = dict[str, Any]
ABSENT: Final = object()


def b64(data: bytes) -> str:
    """RFC 7515, section 2."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def canonical(value: object) -> bytes:
    """RFC 8785, for values without floats and with ASCII names."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def entry(token: str) -> str:
    """Give the log entry of a token as it stands in `prev`."""
    return b64(hashlib.sha512(token.encode()).digest())


def digest(disclosure: str) -> str:
    """RFC 9901, section 4.2.3."""
    return b64(hashlib.sha256(disclosure.encode()).digest())


def salts(seed: str, count: int) -> list[bytes]:
    """Give the salts of a vector, made from its name."""
    stream = hashlib.shake_128(seed.encode()).digest(16 * count)
    return [stream[16 * i : 16 * i + 16] for i in range(count)]


def header(signer: FixedSigner, iat: int = OPENED_AT) -> Json:
    return {"alg": str(signer.algorithm), "cty": CTY, "iat": iat, "x5t#S256": signer.certificate_digest}


def sign(head: bytes, body: bytes, signer: FixedSigner = ES256) -> str:
    """Give the token of a header and a payload, whatever they are."""
    signed = f"{b64(head)}.{b64(body)}"
    return f"{signed}.{b64(signer.sign(signed.encode()))}"


class Draft:
    """An event as values, before it is a token: what is clear, and what is hidden, by path."""

    def __init__(self, payload: Json, hidden: dict[str, Any], *, seed: str) -> None:
        self.payload = payload
        self.disclosures = {
            path: b64(canonical([b64(salt), path.removeprefix("data."), value]))
            for (path, value), salt in zip(hidden.items(), salts(seed, len(hidden)), strict=True)
        }

    def copy(self) -> Draft:
        return copy.deepcopy(self)

    def commit(self) -> Json:
        """Give the payload with the digests of the disclosures in it."""
        payload = copy.deepcopy(self.payload)
        inner = sorted(digest(d) for path, d in self.disclosures.items() if path.startswith("data."))
        outer = sorted(digest(d) for path, d in self.disclosures.items() if not path.startswith("data."))
        if inner:
            payload["data"]["_sd"] = inner
        if outer:
            payload["_sd"] = outer
        if inner or outer:
            payload["_sd_alg"] = "sha-256"
            payload["hides"] = sorted(self.disclosures)
        return payload

    def token(self, signer: FixedSigner = ES256, iat: int = OPENED_AT) -> str:
        return sign(canonical(header(signer, iat)), canonical(self.commit()), signer)

    def row(self) -> str:
        return "~" + "".join(d + "~" for d in self.disclosures.values())


def draft(  # the members of a payload
    type_name: str,
    fields: Json,
    envelope: Json,
    *,
    stream: str,
    visibility: str,
    seq: int,
    prev: str | None,
    by: Json,
    seed: str,
) -> Draft:
    """Put an event together: each field in the clear or hidden, as `docs/format.md` says."""
    public = visibility == "public"
    data: Json = {}
    hidden: Json = {}
    for name, value in sorted(fields.items()):
        if public and CATALOGUE[type_name].fields[name] == "plain":
            data[name] = value
        else:
            hidden[f"data.{name}"] = value
    payload: Json = {
        "by": by,
        "data": data,
        "iss": f"urn:uuid:{REGISTER}",
        "seq": seq,
        "sub": stream,
        "txn": name_uuid("txn"),
        "type": type_name,
        "visibility": visibility,
    }
    if prev is not None:
        payload["prev"] = prev
    for name in ENVELOPE:
        if name in envelope:
            (payload if public and name != "sources" else hidden)[name] = envelope[name]
    return Draft(payload, hidden, seed=seed)


# -- the good ones --------------------------------------------------------------------------------


@functools.cache
def event_draft(type_name: str, visibility: Visibility, *, blank: bool = False) -> Draft:
    """Give the example of a type of the catalogue."""
    statement = example_statement(type_name, visibility, blank=blank)
    envelope = {name: msgspec.to_builtins(getattr(statement, name)) for name in ENVELOPE}
    opener = opener_of(type_name)
    role = role_of(type_name)
    name = event_name(type_name, visibility)
    return draft(
        type_name,
        json.loads(msgspec.json.encode(statement.event)),
        envelope,
        stream=statement.stream,
        visibility=visibility,
        seq=1 if opener is None else 2,
        prev=None if opener is None else entry(event_draft(opener, Visibility.PUBLIC).token(event_signer(opener))),
        by={"person": event_signer(type_name).person, "role": str(role)},
        seed=name,
    )


def event_signer(type_name: str) -> FixedSigner:
    return ROOT if role_of(type_name) == "root" else ES256


def event_name(type_name: str, visibility: Visibility) -> str:
    name = "event_" + type_name.replace("-", "_").replace("/", "_")
    return name if visibility == "public" else f"{name}_{visibility}"


MEETING: Final = stream_of("meeting")
ORGAN: Final = stream_of("organ")
BY: Final = {"person": ES256.person, "role": "clerk"}


def example(seed: str = "example", visibility: str = "public") -> Draft:
    """Give the event that `docs/format.md` shows, and that the bad vectors are made from."""
    return draft(
        "ballot-held/1",
        {
            "ballot": name_uuid("ballot"),
            "declared": "passed",
            "item": name_uuid("item"),
            "method": "show_of_hands",
            "tally": {"abstain": 1, "no": None, "yes": 23},
            "tally_literal": "23 Ja-Stimmen, 1 Enthaltung",
            "votes": [{"choice": "abstain", "person": name_uuid("member")}],
        },
        {
            "authority": {"function": "chair", "organ": ORGAN},
            "occurred": {"at": "2021-12-08T17:05:00+01:00", "certainty": "stated"},
            "sources": [{"citation": "Niederschrift vom 08.12.2021", "grade": "copy", "locator": "TOP 8"}],
        },
        stream=MEETING,
        visibility=visibility,
        seq=2,
        prev=entry(event_draft("meeting-convened/1", Visibility.PUBLIC).token()),
        by=BY,
        seed=seed,
    )


def high_s(token: str) -> str:
    """Give the token with the other of the two signatures that verify."""
    signed, _, text = token.rpartition(".")
    raw = base64.urlsafe_b64decode(text + "==")
    s = ORDERS[SignatureAlgorithm.ES256] - int.from_bytes(raw[32:], "big")
    return f"{signed}.{b64(raw[:32] + s.to_bytes(32, 'big'))}"


def good() -> Iterator[tuple[str, str, str]]:
    """Give name, token and row of every good vector."""
    for type_name in CATALOGUE:
        for visibility in visibilities(type_name):
            if visibility is not Visibility.BLOCKED:
                blank = visibility is Visibility.NON_PUBLIC
                vector = event_draft(type_name, visibility, blank=blank)
                yield event_name(type_name, visibility), vector.token(event_signer(type_name)), vector.row()
    yield "example", example().token(), example().row()
    for name, signer in SIGNERS.items():
        vector = example(f"alg_{name}")
        vector.payload["by"] = {"person": signer.person, "role": "clerk"}
        yield f"alg_{name}", vector.token(signer), vector.row()
    yield "high_s", high_s(example().token()), example().row()
    vector = example("blocked", "blocked")
    yield "blocked", vector.token(), vector.row()
    yield "withheld", example("withheld").token(), "~"
    vector = example("bare")
    vector.payload["data"] = {"part": "whole"}
    vector.payload["type"] = "meeting-closed/1"
    vector.disclosures = {}
    yield "bare", vector.token(), vector.row()


# -- the bad ones ---------------------------------------------------------------------------------


class Bad:
    """Collects the bad vectors: each with the rule that must refuse it, and why it is bad."""

    def __init__(self) -> None:
        self.vectors: dict[str, Json] = {}

    def add(self, name: str, rule: str, why: str, token: str, row: str | None = None, **more: object) -> None:
        if name in self.vectors:
            raise ValueError(f"{name}: there are two of that name")
        vector = {"rule": rule, "why": why, "token": token, **more}
        if row is not None:
            vector["disclosures"] = row
        self.vectors[name] = vector

    def header(self, name: str, rule: str, why: str, change: Json | bytes) -> None:
        """Add one with a changed header; a member that is None is taken away."""
        if isinstance(change, bytes):
            head = change
        else:
            members = {**header(ES256), **change}
            head = canonical({k: v for k, v in members.items() if v is not None})
        self.add(f"header_{name}", rule, why, sign(head, canonical(example().commit())))

    def payload(self, name: str, rule: str, why: str, change: Callable[[Json], object] | bytes) -> None:
        """Add one with a changed payload, rightly signed."""
        if isinstance(change, bytes):
            body = change
        else:
            members = example().commit()
            change(members)
            body = canonical(members)
        self.add(name, rule, why, sign(canonical(header(ES256)), body))

    def members(self, name: str, rule: str, why: str, change: Json) -> None:
        """Add one in whose payload some members are others, or absent."""
        members = {**example().commit(), **change}
        self.payload(name, rule, why, canonical({k: v for k, v in members.items() if v is not ABSENT}))

    def fields(self, name: str, rule: str, why: str, change: Json) -> None:
        """Add one in whose `data` some members are others."""
        self.payload(name, rule, why, lambda members: members["data"].update(change))

    def replaced(self, name: str, rule: str, why: str, *change: tuple[bytes, bytes]) -> None:
        """Add one in whose payload some bytes were replaced before it was signed."""
        body = canonical(example().commit())
        for old, new in change:
            if body.count(old) != 1:
                raise ValueError(f"{name}: {old!r} stands {body.count(old)} times in the payload")
            body = body.replace(old, new)
        self.payload(name, rule, why, body)

    def row(self, name: str, rule: str, why: str, row: str) -> None:
        """Add the good token with a bad row of disclosures."""
        self.add(f"disclosure_{name}", rule, why, example().token(), row)

    def disclosed(self, name: str, rule: str, why: str, array: bytes | str, path: str = "data.votes") -> None:
        """Add a token that holds the digest of a bad disclosure, so that only the disclosure is at fault."""
        vector = example()
        vector.disclosures[path] = array if isinstance(array, str) else b64(array)
        self.add(f"disclosure_{name}", rule, why, vector.token(), vector.row())


SALT: Final = b64(bytes(range(16)))


def bad() -> dict[str, Json]:
    """Give every bad vector by its name."""
    vectors = Bad()
    _form(vectors)
    _headers(vectors)
    _spelling(vectors)
    _members(vectors)
    _fields(vectors)
    _hidden(vectors)
    _signatures(vectors)
    _rows(vectors)
    _disclosures(vectors)
    return vectors.vectors


def _form(bad: Bad) -> None:
    good = example().token()
    head, body, signature = good.split(".")

    def signed(head: str, body: str) -> str:
        return f"{head}.{body}.{b64(ES256.sign(f'{head}.{body}'.encode()))}"

    bad.add("size", "TOKEN_SIZE", "a token of 1 MiB and one byte", "A", repeat=2**20 + 1)
    bad.add("parts_none", "TOKEN_PARTS", "no dot", head)
    bad.add("parts_two", "TOKEN_PARTS", "no signature", f"{head}.{body}")
    bad.add("parts_four", "TOKEN_PARTS", "a fourth part", f"{good}.{signature}")
    bad.add("parts_detached", "TOKEN_PARTS", "the payload is detached", f"{head}..{signature}")
    bad.add("parts_no_signature", "TOKEN_PARTS", "the signature is empty", f"{head}.{body}.")
    bad.add("parts_with_disclosures", "TOKEN_BASE64URL", "the disclosures hang on the token", good + example().row())
    flattened = json.dumps({"protected": head, "payload": body, "signature": signature})
    bad.add("parts_json", "TOKEN_PARTS", "the JSON serialisation of a JWS", flattened)

    why = "padding; the signature is over the padded text"
    bad.add("base64url_padding", "TOKEN_BASE64URL", why, signed(head + "=", body))
    bad.add("base64url_padding_signature", "TOKEN_BASE64URL", "padding in the signature", good + "==")
    why = "the alphabet of plain base64"
    bad.add("base64url_alphabet", "TOKEN_BASE64URL", why, signed(head, "+" + body[1:]))
    bad.add("base64url_newline", "TOKEN_BASE64URL", "a line break at the end", good + "\n")
    bad.add("base64url_space", "TOKEN_BASE64URL", "a space inside", signed(head, body[:40] + " " + body[40:]))
    bad.add("base64url_non_ascii", "TOKEN_BASE64URL", "a letter outside ASCII", signed(head, body[:-1] + "\u00e4"))
    why = "a length that no bytes have"
    bad.add("base64url_length", "TOKEN_BASE64URL", why, signed(head, body + "A" * ((1 - len(body)) % 4)))
    why = "unused bits of the last character are set"
    bad.add("base64url_trailing_bits_signature", "TOKEN_BASE64URL", why, good[:-1] + chr(ord(good[-1]) + 1))
    longer = example()
    while len(b64(canonical(longer.commit()))) % 4 != 3:
        longer.payload["data"]["target"] = {"point": longer.payload["data"].get("target", {}).get("point", "") + "x"}
    body = b64(canonical(longer.commit()))
    last = body[:-1] + chr(ord(body[-1]) + 1)
    bad.add("base64url_trailing_bits", "TOKEN_BASE64URL", why, signed(head, last))


def _headers(bad: Bad) -> None:
    for name in header(ES256):
        short = {"x5t#S256": "x5t"}.get(name, name)
        bad.header(f"without_{short}", "TOKEN_HEADER", f"{name} is missing", {name: None})
    for name, value in {
        "crit": ["iat"],
        "kid": "1",
        "typ": "jose",
        "jwk": {"kty": "EC"},
        "x5c": [base64.b64encode(ES256.signer.certificate).decode()],
        "x5u": "https://ratsbuch.example/clerk.pem",
        "x5t": b64(hashlib.sha1(ES256.signer.certificate, usedforsecurity=False).digest()),
        "sigT": "2026-11-23T00:00:00Z",
        "b64": True,
        "urn:ratsbuch:seq": 1,
    }.items():
        short = name.rpartition(":")[2]
        bad.header(f"with_{short}", "TOKEN_HEADER", f"{name} is none of the four members", {name: value})
    digest_s256 = ES256.certificate_digest
    for name, why, change in (
        ("cty_other", "another content type", {"cty": "json"}),
        ("cty_v2", "a version that does not exist", {"cty": "vnd.ratsbuch.event.v2+json"}),
        ("cty_with_application", "the content type spelled in full", {"cty": f"application/{CTY}"}),
        ("iat_text", "iat is text", {"iat": str(OPENED_AT)}),
        ("iat_negative", "iat lies before 1970", {"iat": -1}),
        ("iat_large", "iat is over 2^40", {"iat": 2**40 + 1}),
        ("iat_null", "iat is null", b'{"alg":"ES256","cty":"%s","iat":null}' % CTY.encode()),
        ("iat_true", "iat is a boolean", {"iat": True}),
        ("alg_none", "alg none", {"alg": "none"}),
        ("alg_es512", "an algorithm that is not used here", {"alg": "ES512"}),
        ("alg_rs256", "RSA with the old padding", {"alg": "RS256"}),
        ("alg_lower_case", "es256", {"alg": "es256"}),
        ("alg_list", "a list of algorithms", {"alg": ["ES256"]}),
        ("digest_sha1", "a digest of 20 bytes", {"x5t#S256": digest_s256[:27]}),
        ("digest_hex", "a digest in hex", {"x5t#S256": "0" * 64}),
        ("not_json", "no JSON", b"{"),
        ("list", "no object", b"[]"),
        ("utf16", "UTF-16", json.dumps(header(ES256)).encode("utf-16")),
        ("byte_order_mark", "a byte order mark before it", b"\xef\xbb\xbf" + canonical(header(ES256))),
        ("long", "over 1024 characters", {"cty": "x" * 1024}),
    ):
        bad.header(name, "TOKEN_HEADER", why, change)
    head = canonical(header(ES256))
    iat = str(OPENED_AT).encode()
    bad.header("iat_fraction", "TOKEN_HEADER", "iat with a fraction", head.replace(iat, iat + b".5"))
    bad.header("iat_float", "TOKEN_HEADER", "iat as a float without a fraction", head.replace(iat, iat + b".0"))
    bad.header("iat_exponent", "TOKEN_HEADER", "iat with an exponent", head.replace(iat, b"1.79543e9"))
    bad.header("iat_leading_zero", "TOKEN_HEADER", "iat with a leading zero", head.replace(iat, b"0" + iat))
    rule = "TOKEN_NOT_CANONICAL"
    backwards = json.dumps(dict(reversed(header(ES256).items())), separators=(",", ":")).encode()
    bad.header("order", rule, "the members in another order", backwards)
    bad.header("space", rule, "a space after a colon", head.replace(b'"iat":', b'"iat": '))
    bad.header("line_break", rule, "a line break at the end", head + b"\n")
    bad.header("duplicate", rule, "alg twice, the same", head.replace(b'"cty"', b'"alg":"ES256","cty"'))
    bad.header("duplicate_none", "TOKEN_HEADER", "alg twice", head.replace(b'"cty"', b'"alg":"none","cty"'))
    bad.header("escape", rule, "a letter escaped", head.replace(b"vnd", b"\\u0076nd"))
    bad.header("escape_name", rule, "a name escaped", head.replace(b'"iat"', b'"\\u0069at"'))
    # Confusions of algorithms.
    body = canonical(example().commit())
    pem = ES256.public_key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = f"{b64(canonical({**header(ES256), 'alg': 'HS256'}))}.{b64(body)}"
    mac = b64(hmac.digest(pem, signed.encode(), "sha256"))
    bad.add("header_alg_hs256", "TOKEN_HEADER", "a MAC keyed with the public key", f"{signed}.{mac}")
    for name, alg in (("es384", "ES384"), ("ps256", "PS256")):
        why = f"the key is enrolled for ES256, the header says {alg}"
        token = sign(canonical({**header(ES256), "alg": alg}), body)
        bad.add(f"algorithm_{name}", "TOKEN_ALGORITHM", why, token)
    why = "the key is enrolled for PS256, the header says ES256"
    other = sign(canonical({**header(SIGNERS["ps256"]), "alg": "ES256"}), body, SIGNERS["ps256"])
    bad.add("algorithm_es256", "TOKEN_ALGORITHM", why, other, signer="ps256")


def _spelling(bad: Bad) -> None:
    body = canonical(example().commit())
    rule = "TOKEN_NOT_CANONICAL"
    members = example().commit()
    backwards = json.dumps(dict(sorted(members.items(), reverse=True)), ensure_ascii=False, separators=(",", ":"))
    bad.payload("canonical_order", rule, "the members in another order", backwards.encode())
    tally = (b'"tally":{"abstain":1,"no":null,"yes":23}', b'"tally":{"yes":23,"no":null,"abstain":1}')
    bad.replaced("canonical_order_nested", rule, "a nested record in another order", tally)
    bad.replaced("canonical_space", rule, "a space after a comma", (b',"visibility"', b', "visibility"'))
    bad.payload("canonical_line_break", rule, "a line break at the end", body + b"\n")
    bad.payload("canonical_space_before", rule, "a space before it", b" " + body)
    bad.replaced("canonical_duplicate", rule, "seq twice, the same", (b'"seq":2', b'"seq":2,"seq":2'))
    bad.replaced("canonical_duplicate_other", rule, "seq twice", (b'"seq":2', b'"seq":7,"seq":2'))
    bad.replaced("canonical_duplicate_nested", rule, "yes twice", (b'"yes":23', b'"yes":24,"yes":23'))
    two = (b'"type":"ballot-held/1"', b'"type":"meeting-closed/1","type":"ballot-held/1"')
    bad.replaced("canonical_duplicate_type", "TOKEN_PAYLOAD", "type twice", two)
    bad.replaced("canonical_escape_slash", rule, "an escaped slash", (b"ballot-held/1", b"ballot-held\\/1"))
    bad.replaced("canonical_escape_letter", rule, "a letter escaped", (b"passed", b"\\u0070assed"))
    bad.replaced("canonical_escape_name", rule, "a name escaped", (b'"seq"', b'"\\u0073eq"'))
    for name, why, value in (
        ("escape_umlaut", "an escape where the letter itself stands in canonical form", b"\\u00e4"),
        ("escape_upper_case", "the same in upper case", b"\\u00C4"),
        ("escape_long", "a long escape where there is a short one", b"\\u000a"),
        ("escape_pair", "a letter beyond the first plane as two escapes", b"\\ud83d\\uddf3"),
    ):
        bad.replaced(f"canonical_{name}", rule, why, (b'"yes":23}', b'"yes":23},"target":{"point":"%s"}' % value))
    bad.replaced("canonical_minus_zero", rule, "-0", (b'"abstain":1', b'"abstain":-0'))
    rule = "TOKEN_PAYLOAD"
    bad.replaced("number_float", rule, "23.0", (b'"yes":23', b'"yes":23.0'))
    bad.replaced("number_exponent", rule, "1e3", (b'"yes":23', b'"yes":1e3'))
    bad.replaced("number_fraction", rule, "a fraction", (b'"yes":23', b'"yes":23.5'))
    bad.replaced("number_leading_zero", rule, "a leading zero", (b'"yes":23', b'"yes":023'))
    bad.replaced("number_plus", rule, "a plus sign", (b'"yes":23', b'"yes":+23'))
    bad.replaced("number_not_a_number", rule, "NaN", (b'"yes":23', b'"yes":NaN'))
    bad.payload("json_cut", rule, "JSON that was cut", body[:-1])
    bad.payload("json_two", rule, "two objects", body + body)
    bad.payload("json_list", rule, "no object", b"[" + body + b"]")
    bad.payload("json_byte_order_mark", rule, "a byte order mark before it", b"\xef\xbb\xbf" + body)
    bad.payload("json_deep", rule, "20,000 lists in each other", b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}")
    for name, rule, why, value in (
        ("utf8", "TOKEN_PAYLOAD", "no UTF-8", b"\xff"),
        ("utf8_overlong", "TOKEN_PAYLOAD", "a slash in two bytes", b"\xc0\xaf"),
        ("surrogate", "TOKEN_PAYLOAD", "a lone surrogate, escaped", b"\\ud800"),
        ("surrogate_low", "TOKEN_PAYLOAD", "a lone low surrogate, escaped", b"\\udfff"),
        ("surrogate_bytes", "TOKEN_PAYLOAD", "a surrogate in three bytes", b"\xed\xa0\x80"),
        ("control_bare", "TOKEN_PAYLOAD", "a control character, not escaped", b"\x01"),
        ("control", "TOKEN_CHARACTER", "U+0001", b"\\u0001"),
        ("control_null", "TOKEN_CHARACTER", "U+0000", b"\\u0000"),
        ("control_backspace", "TOKEN_CHARACTER", "U+0008", b"\\b"),
        ("control_form_feed", "TOKEN_CHARACTER", "U+000C", b"\\f"),
        ("control_escape", "TOKEN_CHARACTER", "U+001B after an escaped backslash", b"\\\\\\u001b"),
        ("fffe", "TOKEN_CHARACTER", "U+FFFE", "\ufffe".encode()),
        ("ffff", "TOKEN_CHARACTER", "U+FFFF", "\uffff".encode()),
    ):
        bad.replaced(f"character_{name}", rule, why, (b'"yes":23}', b'"yes":23},"target":{"point":"%s"}' % value))


def _members(bad: Bad) -> None:
    rule = "TOKEN_TYPE_UNKNOWN"
    for name, why, value in (
        ("type_version", "a version that does not exist", "ballot-held/2"),
        ("type_without_version", "no version", "ballot-held"),
        ("type_invented", "a type that does not exist", "proposal-teleported/1"),
        ("type_python_path", "a path to code", "domain.events:BallotHeld"),
        ("type_python_module", "a path to code, with dots", "os.system"),
        ("type_case", "upper case", "Ballot-Held/1"),
        ("type_empty", "an empty name", ""),
    ):
        bad.members(name, rule, why, {"type": value})
    rule = "TOKEN_PAYLOAD"
    for name in ("by", "data", "iss", "seq", "sub", "txn", "type", "visibility"):
        bad.members(f"without_{name}", rule, f"{name} is missing", {name: ABSENT})
    upper = f"urn:uuid:{REGISTER.upper()}"
    proposal = stream_of("proposal")
    for name, why, change in (
        ("member_unknown", "a member that does not exist", {"valid": True}),
        ("member_iat", "the recording time belongs into the header", {"iat": OPENED_AT}),
        ("type_number", "type is a number", {"type": 1}),
        ("iss_bare", "iss without urn:uuid:", {"iss": REGISTER}),
        ("iss_upper_case", "iss in upper case", {"iss": upper}),
        ("iss_braces", "iss in braces", {"iss": f"urn:uuid:{{{REGISTER}}}"}),
        ("txn_text", "txn is no UUID", {"txn": "first.toml"}),
        ("sub_kind", "a ballot in the stream of a proposal", {"sub": proposal}),
        ("sub_kind_unknown", "a kind of stream that does not exist", {"sub": "ship" + MEETING[7:]}),
        ("sub_bare", "no kind", {"sub": MEETING.partition(":")[2]}),
        ("sub_line_break", "a line break at the end", {"sub": MEETING + "\n"}),
        ("seq_zero", "seq is 0", {"seq": 0}),
        ("seq_negative", "seq is below 0", {"seq": -1}),
        ("seq_large", "seq is over 2^31", {"seq": 2**31 + 1}),
        ("seq_beyond_2_53", "an integer that a double does not hold", {"seq": 2**53}),
        ("seq_huge", "an integer of 40 digits", {"seq": 10**39}),
        ("seq_text", "seq is text", {"seq": "2"}),
        ("seq_true", "seq is a boolean", {"seq": True}),
        ("seq_null", "seq is null", {"seq": None}),
        ("visibility_unknown", "a visibility that does not exist", {"visibility": "secret"}),
        ("visibility_null", "visibility is null", {"visibility": None}),
        ("by_text", "by is text", {"by": ES256.person}),
        ("by_name", "a name in place of the person key", {"by": {"person": "Anna Muster", "role": "clerk"}}),
        ("by_role_unknown", "a role that does not exist", {"by": {**BY, "role": "king"}}),
        ("by_without_role", "no role", {"by": {"person": ES256.person}}),
        ("by_unknown", "a member of by that does not exist", {"by": {**BY, "name": "Anna Muster"}}),
        ("prev_null", "prev is null", {"prev": None}),
        ("prev_short", "a digest of 32 bytes", {"prev": "A" * 43}),
        ("prev_long", "one character too many", {"prev": "A" * 87}),
        ("prev_alphabet", "the alphabet of plain base64", {"prev": "+" + "A" * 85}),
        ("occurred_text", "occurred is text", {"occurred": "2021-12-08"}),
        ("occurred_without_certainty", "no certainty", {"occurred": {"at": "2021-12-08"}}),
        ("occurred_no_date", "30 February", {"occurred": {"at": "2021-02-30", "certainty": "stated"}}),
        ("occurred_no_offset", "no offset", {"occurred": {"at": "2021-12-08T17:05:00", "certainty": "stated"}}),
        ("occurred_null", "occurred is null", {"occurred": None}),
        ("authority_unknown", "a function that does not exist", {"authority": {"function": "mayor"}}),
    ):
        bad.members(name, rule, why, change)
    rule = "TOKEN_MEMBERS"
    bad.payload("prev_missing", rule, "no prev at seq 2", lambda p: p.pop("prev"))
    bad.payload("prev_surplus", rule, "prev at seq 1", lambda p: p.update(seq=1))
    bad.payload("occurred_missing", rule, "occurred neither clear nor hidden", lambda p: p.pop("occurred"))


def _fields(bad: Bad) -> None:
    rule = "TOKEN_PAYLOAD"
    for name, why, change in (
        ("unknown", "a field that the type does not have", {"colour": "red"}),
        ("text_in_clear", "a text in the clear", {"tally_literal": "23 Ja-Stimmen, 1 Enthaltung"}),
        ("personal_in_clear", "persons in the clear", {"votes": []}),
        ("count_text", "a count as text", {"tally": {"yes": "23"}}),
        ("count_negative", "a count below 0", {"tally": {"yes": -1}}),
        ("count_large", "a count over its limit", {"tally": {"yes": 1_000_001}}),
        ("code_unknown", "a code that does not exist", {"method": "telepathy"}),
        ("code_case", "a code in upper case", {"method": "SHOW_OF_HANDS"}),
        ("null", "null where the form has no place that could be left blank", {"method": None}),
        ("nested_unknown", "a member of a record that does not exist", {"tally": {"maybe": 1}}),
        ("nested_sd", "digests inside a field", {"tally": {"_sd": ["A" * 43]}}),
        ("nested_array_digest", "digests as elements of a list", {"chosen": [{"...": "A" * 43}]}),
        ("id_other_kind", "an id of another form", {"item": MEETING}),
        ("list_for_text", "a list for a text", {"lot": ["A"]}),
    ):
        bad.fields(f"field_{name}", rule, why, change)
    bad.payload("field_data_list", rule, "data is a list", lambda p: p.update(data=[]))
    why = "a field that the type always has is nowhere"
    bad.payload("field_missing", "TOKEN_FIELD_MISSING", why, lambda p: p["data"].pop("method"))


def _hidden(bad: Bad) -> None:
    rule = "TOKEN_PAYLOAD"
    for name, why, change in (
        ("sd_alg_other", "another hash", {"_sd_alg": "sha-512"}),
        ("sd_empty", "an empty list of digests", {"_sd": []}),
        ("sd_text", "digests as text", {"_sd": "A" * 43}),
        ("sd_short", "a digest that is none", {"_sd": ["A" * 42]}),
        ("sd_many", "257 digests", {"_sd": sorted(digest(str(i)) for i in range(257))}),
        ("hides_empty", "an empty hides", {"hides": []}),
        ("hides_null", "hides is null", {"hides": None}),
    ):
        bad.members(name, rule, why, change)
    rule = "TOKEN_MEMBERS"
    bad.payload("sd_alg_missing", rule, "no _sd_alg", lambda p: p.pop("_sd_alg"))
    vector = example()
    vector.disclosures = {}
    surplus = canonical({**vector.commit(), "_sd_alg": "sha-256"})
    bad.payload("sd_alg_surplus", rule, "_sd_alg without a digest", surplus)
    bad.payload("sd_unsorted", rule, "digests not sorted", lambda p: p["data"]["_sd"].reverse())
    bad.payload("sd_duplicate", rule, "a digest twice", lambda p: p["data"].update(_sd=p["data"]["_sd"][:1] * 2))
    why = "a digest in data._sd and in _sd"
    bad.payload("sd_in_both", rule, why, lambda p: p.update(_sd=p["data"]["_sd"][:1]))
    bad.payload("hides_missing", rule, "no hides", lambda p: p.pop("hides"))
    bad.payload("hides_short", rule, "one name less than digests", lambda p: p["hides"].pop())
    bad.payload("hides_long", rule, "one name more than digests", lambda p: p["hides"].insert(0, "data.question"))
    bad.payload("hides_unsorted", rule, "hides not sorted", lambda p: p["hides"].reverse())
    why = "a name twice"
    bad.payload("hides_duplicate", rule, why, lambda p: p.update(hides=["data.votes", "data.votes", "sources"]))
    for name, why, value in (
        ("hides_unknown", "a field that the type does not have", ["data.colour", "data.votes", "sources"]),
        ("hides_plain", "a plain field of a public event", ["data.round", "data.votes", "sources"]),
        ("hides_nested", "a path into a field", ["data.votes", "data.votes.0", "sources"]),
        ("hides_member", "a member that is always clear", ["by", "data.tally_literal", "data.votes"]),
        ("hides_known", "known of a public event", ["data.tally_literal", "data.votes", "known"]),
        ("hides_sd", "the digests themselves", ["data._sd", "data.votes", "sources"]),
    ):
        bad.members(name, rule, why, {"hides": value})
    why = "a field is clear and hidden"
    bad.payload("hides_clear", rule, why, lambda p: p.update(hides=["data.tally", "data.votes", "sources"]))

    for name, why, data, more in (
        ("data", "a field in the clear", {"method": "secret"}, {}),
        ("occurred", "occurred in the clear", {}, {"occurred": {"certainty": "unknown"}}),
        ("known", "known in the clear", {}, {"known": {"certainty": "unknown"}}),
        ("authority", "authority in the clear", {}, {"authority": {"function": "chair"}}),
    ):
        vector = example("non_public", "non_public")
        for key in more:
            vector.disclosures.pop(key, None)
        for key in data:
            vector.disclosures.pop(f"data.{key}")
        members = vector.commit()
        members["data"].update(data)
        members.update(more)
        bad.payload(f"non_public_{name}", rule, f"{why} in an event that is not public", canonical(members))
    vector = example("non_public", "blocked")
    del vector.disclosures["occurred"]
    bad.payload("blocked_without_occurred", rule, "a blocked event without occurred", canonical(vector.commit()))
    closed = draft(
        "register-closed/1",
        {},
        {"occurred": {"certainty": "unknown"}},
        stream=stream_of("register"),
        visibility="non_public",
        seq=2,
        prev=entry(event_draft("register-opened/1", Visibility.PUBLIC).token(ROOT)),
        by={"person": REGISTER, "role": "root"},
        seed="root",
    )
    why = "an event that only the root key records, and not public"
    bad.add("non_public_root", rule, why, closed.token(ROOT), closed.row(), signer="root")


def _signatures(bad: Bad) -> None:
    rule = "TOKEN_SIGNATURE_INVALID"
    good = example().token()
    signed, _, text = good.rpartition(".")
    raw = base64.urlsafe_b64decode(text + "==")
    r, s = raw[:32], raw[32:]
    order = ORDERS[SignatureAlgorithm.ES256].to_bytes(32, "big")
    der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    for name, why, value in (
        ("short", "63 bytes", raw[:-1]),
        ("long", "65 bytes", raw + b"\x00"),
        ("one_byte", "one byte", b"\x00"),
        ("r_zero", "r is 0", bytes(32) + s),
        ("s_zero", "s is 0", r + bytes(32)),
        ("r_order", "r is the order of the group", order + s),
        ("s_order", "s is the order of the group", r + order),
        ("s_above_order", "s is above the order", r + (int.from_bytes(order, "big") + 1).to_bytes(32, "big")),
        ("zero", "r and s are 0", bytes(64)),
        ("der", "DER in place of r and s", der),
        ("swapped", "s before r", s + r),
        ("flipped", "one bit flipped", raw[:-1] + bytes([raw[-1] ^ 1])),
        ("other_key", "another key", fixed_signer("stranger").sign(signed.encode())),
        ("es384", "a signature of another curve", SIGNERS["es384"].sign(signed.encode())),
    ):
        bad.add(f"signature_{name}", rule, why, f"{signed}.{b64(value)}")
    other = example()
    other.payload["data"]["tally"]["yes"] = 24
    forged = f"{other.token().rpartition('.')[0]}.{text}"
    bad.add("signature_of_another", rule, "another payload under the signature", forged)
    later = example().token(iat=OPENED_AT + 1).partition(".")[0]
    bad.add("signature_other_header", rule, "another header over it", later + "." + good.partition(".")[2])
    ps256 = SIGNERS["ps256"]
    vector = example("alg_ps256")
    vector.payload["by"] = {"person": ps256.person, "role": "clerk"}
    signed = vector.token(ps256).rpartition(".")[0]
    key = ps256.signer.key
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("PS256 is signed with an RSA key")
    # These two have no randomness.
    old = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    saltless = key.sign(signed.encode(), padding.PSS(padding.MGF1(hashes.SHA256()), 0), hashes.SHA256())
    bad.add("signature_pkcs1", rule, "the old padding under PS256", f"{signed}.{b64(old)}", signer="ps256")
    bad.add("signature_pss_salt", rule, "PSS with a salt of 0 bytes", f"{signed}.{b64(saltless)}", signer="ps256")


def _rows(bad: Bad) -> None:
    rule = "DISCLOSURE_ROW"
    row = example().row()
    first, second, third = row[1:-1].split("~")
    bad.row("row_empty", rule, "nothing, not even ~", "")
    bad.row("row_no_begin", rule, "no ~ at the beginning", row[1:])
    bad.row("row_no_end", rule, "no ~ at the end, so the last part would be a key binding", row[:-1])
    bad.row("row_empty_part", rule, "an empty disclosure", f"~{first}~~{second}~")
    bad.row("row_two", rule, "two ~", "~~")
    large = example().token()
    why = "a row of 4 MiB and one byte"
    bad.add("disclosure_row_size", rule, why, large, "A", repeat_disclosures=2**22 + 1)
    rule = "DISCLOSURE_BASE64URL"
    bad.row("base64url_padding", rule, "padding", f"~{first}=~")
    bad.row("base64url_alphabet", rule, "the alphabet of plain base64", f"~+{first[1:]}~")
    bad.row("base64url_space", rule, "a space", f"~{first} ~")
    bad.row("foreign", "DISCLOSURE_FOREIGN", "of another token", example("other").row())
    salt, name, value = json.loads(base64.urlsafe_b64decode(third + "=="))
    value[0]["locator"] = "TOP 9"
    forged = b64(canonical([salt, name, value]))
    bad.row("forged", "DISCLOSURE_FOREIGN", "another value under the same salt", f"~{first}~{second}~{forged}~")
    bad.row("twice", "DISCLOSURE_TWICE", "the same twice", f"~{first}~{second}~{third}~{third}~")
    bad.add("disclosure_surplus", "DISCLOSURE_FOREIGN", "a disclosure beside a token that hides nothing", _bare(), row)


def _bare() -> str:
    vector = example("bare")
    vector.disclosures = {}
    return vector.token()


def _disclosures(bad: Bad) -> None:
    rule = "DISCLOSURE_BASE64URL"
    array = canonical([SALT, "votes", []])
    while len(array) % 3 != 2:
        array = array.replace(b"[]]", b"[] ]")
    text = b64(array)
    bad.disclosed("base64url_trailing_bits", rule, "unused bits set", text[:-1] + chr(ord(text[-1]) + 1))
    rule = "DISCLOSURE_ARRAY"
    salt = SALT.encode()
    for name, why, raw in (
        ("array_two", "no name: an element of a list", b'["%s",[]]' % salt),
        ("array_four", "a fourth element", b'["%s","votes",[],1]' % salt),
        ("array_object", "an object", b'{"salt":"%s"}' % salt),
        ("array_salt", "the salt is a number", b'[1,"votes",[]]'),
        ("array_name", "the name is a number", b'["%s",1,[]]' % salt),
        ("array_cut", "JSON that was cut", b'["%s","votes",[]' % salt),
        ("array_utf8", "no UTF-8", b'["%s","\xff",[]]' % salt),
        ("array_surrogate", "a lone surrogate, escaped", b'["%s","votes","\\ud800"]' % salt),
    ):
        bad.disclosed(name, rule, why, raw)
    rule = "DISCLOSURE_SALT"
    for name, why, size in (("salt_short", "15 bytes", 15), ("salt_long", "17 bytes", 17), ("salt_empty", "none", 0)):
        bad.disclosed(name, rule, why, canonical([b64(bytes(size)), "votes", []]))
    bad.disclosed("salt_padding", rule, "padding", canonical([SALT + "==", "votes", []]))
    bad.disclosed("salt_alphabet", rule, "the alphabet of plain base64", canonical(["+" + SALT[1:], "votes", []]))
    last = SALT[:-1] + chr(ord(SALT[-1]) + 1)
    bad.disclosed("salt_trailing_bits", rule, "unused bits of the last character set", canonical([last, "votes", []]))
    rule = "DISCLOSURE_NOT_CANONICAL"
    for name, why, value in (
        ("space", "a space", b"[ ]"),
        ("order", "members in another order", b'[{"person":"x","choice":"yes"}]'),
        ("duplicate", "a name twice", b'[{"choice":"no","choice":"yes"}]'),
        ("escape", "an escaped slash", b'["\\/"]'),
        ("escape_upper_case", "an escape in upper case", b'["\\u001F"]'),
        ("minus_zero", "-0", b"[-0]"),
        ("float", "a float", b"[1.0]"),
        ("fraction", "a fraction", b"[0.5]"),
        ("exponent", "an exponent", b"[1e3]"),
        ("integer_large", "2^53", b"[9007199254740992]"),
        ("integer_small", "-2^53", b"[-9007199254740992]"),
        ("name_not_ascii", "a member's name outside ASCII", '[{"\u00e4":1}]'.encode()),
        ("name_sd", "digests in a value", b'[{"_sd":[]}]'),
        ("name_dots", "digests of elements in a value", b'[{"...":"A"}]'),
        ("surrogate_pair", "a letter beyond the first plane as two escapes", b'["\\ud83d\\uddf3"]'),
        ("deep", "33 levels, the array of the disclosure counted", b"[" * 32 + b"]" * 32),
    ):
        bad.disclosed(f"not_canonical_{name}", rule, why, b'["%s","votes",%s]' % (salt, value))
    deep = b'["%s","votes",%s]' % (salt, b"[" * 20_000 + b"]" * 20_000)
    bad.disclosed("deep", "DISCLOSURE_NOT_CANONICAL", "20,000 lists in each other", deep)
    rule = "DISCLOSURE_CHARACTER"
    for name, why, value in (
        ("control", "U+0001", b"\\u0001"),
        ("backspace", "U+0008", b"\\b"),
        ("form_feed", "U+000C", b"\\f"),
        ("fffe", "U+FFFE", "\ufffe".encode()),
        ("ffff", "U+FFFF", "\uffff".encode()),
    ):
        raw = b'["%s","tally_literal","%s"]' % (salt, value)
        bad.disclosed(f"character_{name}", rule, why, raw, path="data.tally_literal")
    rule = "DISCLOSURE_NAME"
    bad.disclosed("name_other", rule, "a field that is not hidden here", canonical([SALT, "options", []]))
    bad.disclosed("name_path", rule, "the path in place of the bare name", canonical([SALT, "data.votes", []]))
    bad.disclosed("name_reserved", rule, "_sd as a name", canonical([SALT, "_sd", []]))
    why = "a field of data under a digest beside data"
    bad.disclosed("name_moved", rule, why, canonical([SALT, "votes", []]), path="sources")
    rule = "DISCLOSURE_VALUE"
    for name, why, wrong in (
        ("type", "a text for a list", "yes"),
        ("code", "a code that does not exist", [{"choice": "maybe"}]),
        ("member", "a member that does not exist", [{"choice": "yes", "name": "Anna Muster"}]),
        ("null", "null where the form has no place that could be left blank", None),
    ):
        bad.disclosed(f"value_{name}", rule, why, canonical([SALT, "votes", wrong]))
    why = "a source without a grade"
    bad.disclosed("value_sources", rule, why, canonical([SALT, "sources", [{"quote": "x"}]]), path="sources")


# -- writing --------------------------------------------------------------------------------------


def make(folder: Path) -> None:
    """Write every vector into a folder, which is emptied of vectors before."""
    for name in ("good", "bad", "certificates"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    for name, signer in {"root": ROOT, **SIGNERS}.items():
        (folder / "certificates" / f"{name}.pem").write_bytes(signer.certificate_pem)
    for name, token, row in good():
        (folder / "good" / f"{name}.jws").write_text(token, encoding="ascii")
        (folder / "good" / f"{name}.disclosures").write_text(row, encoding="ascii")
    for name, vector in bad().items():
        text = json.dumps(vector, indent=1, ensure_ascii=True) + "\n"
        (folder / "bad" / f"{name}.json").write_text(text, encoding="ascii")


if __name__ == "__main__":
    make(HERE)
