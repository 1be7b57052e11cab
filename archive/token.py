"""The event token: one event (de: Eintrag) as a compact JWS that is valid JAdES B-B, with SD-JWT digests.

`seal` writes a token, `parse` reads one strictly, `open_event` puts token and disclosures together again. What
was signed is stored, hashed and verified as the exact bytes received; nothing here re-encodes in order to hash.

The parser accepts one spelling only. It decodes into the type's own record and encodes that again: bytes that
differ (order, space, duplicate names, number form, escapes) are refused, so no two readers of one token can
disagree about what it says.

This module needs no archive and no event store; a token can be checked with it alone.

Source: RFC 7515 (JWS), ETSI TS 119 182-1 (JAdES), RFC 9901 (SD-JWT), RFC 8785 (JCS); `docs/format.md` 1.
"""

from __future__ import annotations

import functools
import hashlib
import operator
import typing
from typing import TYPE_CHECKING, Annotated, Final, Literal, NewType, Protocol, cast

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from archive.disclosure import (
    ROW_SIZE_MAX,
    Disclosure,
    DisclosureError,
    base64url_decode,
    base64url_encode,
    join,
    make,
    refuse_characters,
    require_canonical,
)
from archive.errors import InputError
from domain.events import CATALOGUE, Event
from domain.stream import RecordedEvent, Sources, Statement
from domain.values import WITHHELD, Authority, DigestB64, Recorder, When, stated
from domain.vocabulary import Role, SignatureAlgorithm, Visibility

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Entry = NewType("Entry", bytes)
"""A log entry: the SHA-512 of a token, 64 bytes."""

TOKEN_SIZE_MAX: Final = 2**20
CTY: Final = "vnd.ratsbuch.event.v1+json"
SD_ALG: Final = "sha-256"
_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# Keys are public, or nobody else could check a signature.
_ROOT_TYPES: Final = frozenset(
    row.name for row in CATALOGUE.values() if all(roles == {Role.ROOT} for roles in row.roles.values())
)
# The members of the envelope that are disclosures in an event that is not public; `sources` always are.
_ENVELOPE: Final = ("authority", "known", "occurred", "sources")

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class TokenError(InputError):
    """A token is not what the format allows.

    Attributes:
        rule: The stable name of the rule that refuses it (`docs/format.md` lists them).
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{rule}: {message}")
        self.rule = rule


# -- header and payload ---------------------------------------------------------------------------


class Header(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The protected header. `iat` is the recording time by the recorder's own clock, in seconds."""

    alg: SignatureAlgorithm
    cty: Literal["vnd.ratsbuch.event.v1+json"]
    iat: Annotated[int, Meta(ge=0, le=2**40)]
    certificate_digest: DigestB64 = msgspec.field(name="x5t#S256")


class Data(Protocol):
    """The event's own fields as they stand in the token: the clear ones, and the digests of the others."""

    sd: tuple[str, ...] | UnsetType


class Payload(Protocol):
    """The members of a payload, typed; the record itself is generated for every type of the catalogue."""

    sd: tuple[str, ...] | UnsetType
    sd_alg: str | UnsetType
    authority: Authority | UnsetType
    by: Recorder
    data: Data
    hides: tuple[str, ...] | UnsetType
    iss: str
    known: When | UnsetType
    occurred: When | UnsetType
    prev: str | UnsetType
    seq: int
    sub: str
    txn: str
    type: str
    visibility: Visibility


_Digests = Annotated[tuple[DigestB64, ...], Meta(min_length=1, max_length=256)]


@functools.cache
def _data_record(type_name: str) -> type[Struct]:
    """Generate the record of a type's `data`: its plain fields, all optional, in the order of their names."""
    row = CATALOGUE[type_name]
    hints = typing.get_type_hints(row.cls, include_extras=True)
    fields: list[tuple[str, object, object]] = [("sd", _Digests | UnsetType, UNSET)]
    for name, kind in row.fields.items():
        if kind == "plain":
            # An optional field may be left out here because an event that is not public discloses it; that a
            # required one is there is checked when token and disclosures are put together.
            fields.append((name, typing.Union[hints[name], UnsetType], UNSET))  # noqa: UP007  # built at run time
    return msgspec.defstruct(
        f"Data[{type_name}]",
        fields,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
        rename={"sd": "_sd"},
    )


@functools.cache
def _payload_decoder(type_name: str) -> msgspec.json.Decoder[Payload]:
    row = CATALOGUE[type_name]
    streams = "|".join(row.streams)
    fields: list[tuple[str, object] | tuple[str, object, object]] = [
        ("sd", _Digests | UnsetType, UNSET),
        ("sd_alg", Literal["sha-256"] | UnsetType, UNSET),
        ("authority", Authority | UnsetType, UNSET),
        ("by", Recorder),
        ("data", _data_record(type_name)),
        ("hides", Annotated[tuple[str, ...], Meta(min_length=1, max_length=256)] | UnsetType, UNSET),
        ("iss", Annotated[str, Meta(pattern=f"^urn:uuid:{_UUID}\\Z")]),
        ("known", When | UnsetType, UNSET),
        ("occurred", When | UnsetType, UNSET),
        ("prev", Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{86}\\Z")] | UnsetType, UNSET),
        ("seq", Annotated[int, Meta(ge=1, le=2**31)]),
        ("sub", Annotated[str, Meta(pattern=f"^(?:{streams}):{_UUID}\\Z")]),
        ("txn", Annotated[str, Meta(pattern=f"^{_UUID}\\Z")]),
        ("type", Literal[type_name]),
        ("visibility", Visibility),
    ]
    record = msgspec.defstruct(
        f"Payload[{type_name}]",
        fields,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
        rename={"sd": "_sd", "sd_alg": "_sd_alg"},
    )
    return typing.cast("msgspec.json.Decoder[Payload]", msgspec.json.Decoder(record))


class _Peek(Struct):
    type: str


_PEEK: Final = msgspec.json.Decoder(_Peek)
_HEADER: Final = msgspec.json.Decoder(Header)
_encode: Final = msgspec.json.Encoder().encode


class Token(Struct, frozen=True, kw_only=True):
    """A token that was read strictly. That its signature verifies is not said by this; see `check_signature`.

    Attributes:
        raw: The exact bytes.
        header: The protected header.
        payload: The payload.
        signature: The signature bytes, r and s of equal length, or an RSA signature; never an identity.
        signed_size: How many bytes of `raw` are signed.
    """

    raw: bytes
    header: Header
    payload: Payload
    signature: bytes
    signed_size: int

    @property
    def entry(self) -> Entry:
        """The log entry of the token."""
        return entry_of(self.raw)

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests of all its disclosures."""
        payload = self.payload
        return (stated(payload.data.sd) or ()) + (stated(payload.sd) or ())


def entry_of(token: bytes) -> Entry:
    """Hash a token into its log entry (SHA-512 over the exact bytes)."""
    return Entry(hashlib.sha512(token).digest())


# -- signatures -----------------------------------------------------------------------------------

_CURVES: Final[dict[SignatureAlgorithm, tuple[type[ec.EllipticCurve], int, hashes.HashAlgorithm, int]]] = {
    SignatureAlgorithm.ES256: (
        ec.SECP256R1,
        32,
        hashes.SHA256(),
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    ),
    SignatureAlgorithm.ES384: (
        ec.SECP384R1,
        48,
        hashes.SHA384(),
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    ),
}
_PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
_RSA_BITS_MIN: Final = 3000
_ECDSA_SIGN: Final = {alg: ec.ECDSA(row[2]) for alg, row in _CURVES.items()}


def require_key(algorithm: SignatureAlgorithm, key: object) -> PublicKey:
    """Give the key if it is one for the algorithm.

    Raises:
        InputError: Another kind of key, another curve, or an RSA key under 3000 bits.
    """
    curve = _CURVES.get(algorithm)
    if curve is not None and isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, curve[0]):
        return key
    if algorithm is SignatureAlgorithm.PS256 and isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS_MIN:
        return key
    msg = f"{algorithm}: the public key is not one for this algorithm"
    raise InputError(msg, hint="ES256 wants a P-256 key, ES384 a P-384 key, PS256 an RSA key of 3000 bits or more")


def sign_bytes(algorithm: SignatureAlgorithm, key: PrivateKey, data: bytes) -> bytes:
    """Sign as JOSE does: r and s side by side for ECDSA, with the smaller of the two possible s.

    Source: RFC 7518, sections 3.4 and 3.5.
    """
    curve = _CURVES.get(algorithm)
    if curve is None:
        return cast("rsa.RSAPrivateKey", key).sign(data, _PSS, hashes.SHA256())
    _, size, _, order = curve
    r, s = decode_dss_signature(cast("ec.EllipticCurvePrivateKey", key).sign(data, _ECDSA_SIGN[algorithm]))
    # Both s and n - s verify. Writing one of them only keeps a holder of the key from making two tokens
    # of one signing, but a signature is still never used as an identity.
    s = min(s, order - s)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def check_signature(token: Token, algorithm: SignatureAlgorithm, key: PublicKey) -> None:
    """Verify the signature with the key and the algorithm that were fixed at the signer's enrolment.

    Raises:
        TokenError: Another algorithm in the header, or the signature does not verify.
    """
    if token.header.alg is not algorithm:
        rule = "TOKEN_ALGORITHM"
        msg = f"found alg {token.header.alg}, expected {algorithm} as enrolled"
        raise TokenError(rule, msg)
    signed = token.raw[: token.signed_size]
    try:
        curve = _CURVES.get(algorithm)
        if curve is not None:
            _, size, _, order = curve
            r = int.from_bytes(token.signature[:size], "big")
            s = int.from_bytes(token.signature[size:], "big")
            if len(token.signature) != 2 * size or not 0 < r < order or not 0 < s < order:
                raise InvalidSignature
            cast("ec.EllipticCurvePublicKey", key).verify(encode_dss_signature(r, s), signed, _ECDSA_SIGN[algorithm])
        else:
            cast("rsa.RSAPublicKey", key).verify(token.signature, signed, _PSS, hashes.SHA256())
    except InvalidSignature as error:
        rule = "TOKEN_SIGNATURE_INVALID"
        msg = "the signature does not verify over the stored bytes"
        raise TokenError(rule, msg) from error


# -- sealing --------------------------------------------------------------------------------------


class Sealed(Struct, frozen=True, kw_only=True):
    """A statement made into a token, with the columns that the event store keeps it in.

    Attributes:
        originator_id: The stream.
        originator_version: The place in it.
        topic: The type.
        state: The token.
        disclosures: The disclosures beside it.
        entry: The log entry of the token.
    """

    originator_id: str
    originator_version: int
    topic: str
    state: bytes
    disclosures: tuple[Disclosure, ...]
    entry: Entry

    @property
    def token(self) -> bytes:
        """The token; `state` is what the event store calls it."""
        return self.state

    @property
    def disclosed(self) -> bytes:
        """The row of disclosures."""
        return join(self.disclosures)


@functools.lru_cache(maxsize=256)
def header_text(algorithm: SignatureAlgorithm, iat: int, certificate_digest: str) -> bytes:
    """Encode the protected header; the same within a second, which is why it is kept."""
    header = Header(alg=algorithm, cty="vnd.ratsbuch.event.v1+json", iat=iat, certificate_digest=certificate_digest)
    return base64url_encode(_encode(header))


@functools.cache
def _plan(type_name: str) -> tuple[Callable[[Event], tuple[object, ...]], tuple[tuple[str, bool], ...]]:
    """How to take the fields from an event in the order of their names, and for each whether it is plain."""
    fields = CATALOGUE[type_name].fields
    # Taken all at once: a ballot has over twenty fields, and most of them are not mentioned.
    get = operator.attrgetter(*fields)
    return get, tuple((name, kind == "plain") for name, kind in fields.items())


_get_envelope: Final = operator.attrgetter(*_ENVELOPE)


def _value(value: object) -> bytes:
    """Encode a field for a disclosure. Records are declared in the order of their names, so this is canonical."""
    if isinstance(value, Raw):
        raw = bytes(value)
        # In brackets, because it may be nested no deeper than it can be read again inside its disclosure.
        require_canonical(b"[" + raw + b"]", what="old or new value of a correction")
        return raw
    return _encode(value)


def _withheld(type_name: str, path: str) -> InputError:
    return InputError(f"{type_name}: {path} is withheld here, so it cannot be recorded")


def _sort_out(
    statement: Statement, *, public: bool
) -> tuple[dict[str, object], dict[str, object], list[tuple[str, bytes, bool]]]:
    """Give the fields that stand in the clear, the other members that do, and what is hidden.

    Hidden is a field with its name, its value encoded, and whether it belongs into `data`.
    """
    event, type_name = statement.event, statement.event.TYPE
    data: dict[str, object] = {}
    clear: dict[str, object] = {}
    hidden: list[tuple[str, bytes, bool]] = []
    get, plan = _plan(type_name)
    for (name, plain), value in zip(plan, get(event), strict=True):
        if value is UNSET:
            continue
        if value is WITHHELD:
            raise _withheld(type_name, f"data.{name}")
        if plain and public:
            data[name] = value
        else:
            hidden.append((name, _value(value), True))
    for name, value in zip(_ENVELOPE, _get_envelope(statement), strict=True):
        if value is UNSET:
            continue
        if value is WITHHELD:
            raise _withheld(type_name, name)
        if public and name != "sources":
            clear[name] = value
        else:
            hidden.append((name, _encode(value), False))
    return data, clear, hidden


def seal(  # noqa: PLR0913  # each is a member of the token that must not have a default
    statement: Statement,
    *,
    register: str,
    txn: str,
    seq: int,
    prev: Entry | None,
    by: Recorder,
    header: bytes,
    sign: Callable[[bytes], bytes],
    random: Callable[[int], bytes],
) -> Sealed:
    """Make the token of a statement and the disclosures beside it.

    Args:
        statement: What is recorded; no field of it may be withheld.
        register: UUID of the register.
        txn: UUID of the command file.
        seq: Place in the stream, from 1.
        prev: Log entry of the stream's previous token; None at 1.
        by: Who records, in which role.
        header: The encoded protected header (`header_text`).
        sign: Signs bytes as the header says.
        random: Gives that many unpredictable bytes, for the salts.

    Raises:
        TokenError: The token would be over 1 MiB, or would hide what only the root key says.
        DisclosureError: The disclosures would be over 4 MiB.
        InputError: A correction's old or new value is not canonical JSON, or a field is withheld.
    """
    type_name = statement.event.TYPE
    public = statement.visibility is Visibility.PUBLIC
    if not public and type_name in _ROOT_TYPES:
        rule, msg = "TOKEN_MEMBERS", f"{type_name}: found visibility {statement.visibility}, expected public"
        raise TokenError(rule, msg)
    data, clear, hidden = _sort_out(statement, public=public)
    payload: dict[str, object] = {}
    disclosures: tuple[Disclosure, ...] = ()
    if hidden:
        salts = random(16 * len(hidden))
        made = [
            (make(name, value, salt=salts[16 * i : 16 * i + 16]), inner)
            for i, (name, value, inner) in enumerate(hidden)
        ]
        disclosures = tuple(d for d, _ in made)
        size = 1 + sum(len(d.encoded) + 1 for d in disclosures)
        if size > ROW_SIZE_MAX:
            rule = "DISCLOSURE_ROW"
            msg = f"{type_name} in {statement.stream}: {size} bytes, at most {ROW_SIZE_MAX} are allowed"
            raise DisclosureError(rule, msg)
        inside = sorted(d.digest for d, inner in made if inner)
        outside = sorted(d.digest for d, inner in made if not inner)
        if inside:
            data = {"_sd": inside, **data}
        if outside:
            payload["_sd"] = outside
        payload["_sd_alg"] = SD_ALG
        clear["hides"] = sorted(f"data.{name}" if inner else name for name, _, inner in hidden)
    # From here on in the order of the names, which is the canonical order.
    if "authority" in clear:
        payload["authority"] = clear["authority"]
    payload["by"] = by
    payload["data"] = data
    if "hides" in clear:
        payload["hides"] = clear["hides"]
    payload["iss"] = "urn:uuid:" + register
    if "known" in clear:
        payload["known"] = clear["known"]
    if "occurred" in clear:
        payload["occurred"] = clear["occurred"]
    if prev is not None:
        payload["prev"] = base64url_encode(prev).decode()
    payload["seq"] = seq
    payload["sub"] = statement.stream
    payload["txn"] = txn
    payload["type"] = type_name
    payload["visibility"] = statement.visibility
    signed = header + b"." + base64url_encode(_encode(payload))
    token = signed + b"." + base64url_encode(sign(signed))
    if len(token) > TOKEN_SIZE_MAX:
        rule = "TOKEN_SIZE"
        msg = f"{type_name} in {statement.stream}: {len(token)} bytes, at most {TOKEN_SIZE_MAX} are allowed"
        raise TokenError(rule, msg)
    return Sealed(
        originator_id=statement.stream,
        originator_version=seq,
        topic=type_name,
        state=token,
        disclosures=disclosures,
        entry=entry_of(token),
    )


# -- reading --------------------------------------------------------------------------------------

# Steps: 1 size and parts, 2 header, 3 type and payload, 4 canonical bytes, 5 members agree, 6 signature form.


def parse(raw: bytes, *, type_name: str | None = None) -> Token:
    """Read a token strictly; its signature is not verified here.

    Args:
        raw: The exact bytes.
        type_name: The type it must have, where a reader knows it already (from a row, say).

    Raises:
        TokenError: A rule of the format refuses it; `rule` names which.
    """
    # step 1
    if len(raw) > TOKEN_SIZE_MAX:
        rule, msg = "TOKEN_SIZE", f"{len(raw)} bytes, at most {TOKEN_SIZE_MAX} are allowed"
        raise TokenError(rule, msg)
    parts = raw.split(b".")
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004  # header, payload, signature
        rule, msg = "TOKEN_PARTS", f"found {len(parts)} parts, expected header.payload.signature"
        raise TokenError(rule, msg)
    # step 2
    header = read_header(parts[0])
    # step 3
    body = _decode64(parts[1], "payload")
    if type_name is None:
        type_name = _peek(body)
    if type_name not in CATALOGUE:
        rule, msg = "TOKEN_TYPE_UNKNOWN", f"type {type_name!r} is not in the catalogue"
        raise TokenError(rule, msg)
    try:
        payload = _payload_decoder(type_name).decode(body)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        rule, msg = "TOKEN_PAYLOAD", f"{type_name}: {error}"
        raise TokenError(rule, msg) from error
    # step 4
    if _encode(payload) != body:
        rule, msg = "TOKEN_NOT_CANONICAL", f"{type_name}: the payload is not in canonical form (RFC 8785)"
        raise TokenError(rule, msg)
    try:
        refuse_characters(body, what=type_name)
    except InputError as error:
        rule = "TOKEN_CHARACTER"
        raise TokenError(rule, error.message) from error
    # step 5
    _check_members(payload)
    # step 6
    signature = _decode64(parts[2], "signature")
    return Token(
        raw=raw, header=header, payload=payload, signature=signature, signed_size=len(parts[0]) + 1 + len(parts[1])
    )


@functools.lru_cache(maxsize=1024)
def read_header(text: bytes) -> Header:
    """Read an encoded protected header strictly; kept, because a command's tokens share theirs.

    Raises:
        TokenError: Not the four members, or not in canonical form.
    """
    if len(text) > 1024:  # noqa: PLR2004  # four short members; what is longer is not read
        rule, msg = "TOKEN_HEADER", f"{len(text)} characters, at most 1024 are allowed"
        raise TokenError(rule, msg)
    raw = _decode64(text, "header")
    try:
        header = _HEADER.decode(raw)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        rule, msg = "TOKEN_HEADER", f"expected exactly alg, cty, iat and x5t#S256: {error}"
        raise TokenError(rule, msg) from error
    if _encode(header) != raw:
        rule, msg = "TOKEN_NOT_CANONICAL", "the header is not in canonical form (RFC 8785)"
        raise TokenError(rule, msg)
    return header


def _decode64(text: bytes, what: str) -> bytes:
    try:
        return base64url_decode(text, what=what)
    except InputError as error:
        rule = "TOKEN_BASE64URL"
        raise TokenError(rule, error.message) from error


def _peek(body: bytes) -> str:
    try:
        return _PEEK.decode(body).type
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        rule, msg = "TOKEN_PAYLOAD", f"no type: {error}"
        raise TokenError(rule, msg) from error


def _rising(values: tuple[str, ...]) -> bool:
    return len(values) < 2 or list(values) == sorted(set(values))  # noqa: PLR2004  # one value is in order


def _check_members(payload: Payload) -> None:
    """Hold what the members of a payload must say about each other."""
    if (
        payload.visibility is Visibility.PUBLIC
        and payload.sd is payload.sd_alg is payload.hides is payload.data.sd is UNSET
        and payload.occurred is not UNSET
        and (payload.seq == 1) == (payload.prev is UNSET)
    ):
        return  # nothing is hidden, so there is nothing that could disagree
    rule = "TOKEN_MEMBERS"
    where = f"{payload.type} {payload.sub}#{payload.seq}"
    if (payload.seq == 1) != (payload.prev is UNSET):
        msg = f"{where}: prev stands exactly where seq is above 1"
        raise TokenError(rule, msg)
    inside, outside, hides = stated(payload.data.sd) or (), stated(payload.sd) or (), stated(payload.hides) or ()
    if (payload.sd_alg is UNSET) != (not inside and not outside):
        msg = f"{where}: _sd_alg stands exactly where there is a digest"
        raise TokenError(rule, msg)
    if not (_rising(inside) and _rising(outside) and _rising(hides)):
        msg = f"{where}: digests and hides are sorted and each stands once"
        raise TokenError(rule, msg)
    if not set(inside).isdisjoint(outside):
        msg = f"{where}: a digest stands in data._sd and in _sd"
        raise TokenError(rule, msg)
    fields = CATALOGUE[payload.type].fields
    hidden_data = tuple(path[5:] for path in hides if path.startswith("data."))
    hidden_top = tuple(path for path in hides if not path.startswith("data."))
    if len(hidden_data) != len(inside) or len(hidden_top) != len(outside):
        msg = f"{where}: hides names {len(hides)} fields, but there are {len(inside) + len(outside)} digests"
        raise TokenError(rule, msg)
    public = payload.visibility is Visibility.PUBLIC
    for name in hidden_data:
        if name not in fields or (public and fields[name] == "plain"):
            msg = f"{where}: hides names data.{name}, which is no field that may be hidden here"
            raise TokenError(rule, msg)
    for name in hidden_top:
        if name not in _ENVELOPE or (public and name != "sources"):
            msg = f"{where}: hides names {name}, which may not be hidden here"
            raise TokenError(rule, msg)
    if public:
        if payload.occurred is UNSET:
            msg = f"{where}: occurred is missing"
            raise TokenError(rule, msg)
        return
    if payload.type in _ROOT_TYPES:
        msg = f"{where}: found visibility {payload.visibility}, expected public"
        raise TokenError(rule, msg)
    if "occurred" not in hidden_top:
        msg = f"{where}: occurred is missing"
        raise TokenError(rule, msg)
    clear = [name for name, kind in fields.items() if kind == "plain" and getattr(payload.data, name) is not UNSET]
    clear += [name for name in ("authority", "known", "occurred") if getattr(payload, name) is not UNSET]
    if clear:
        msg = f"{where}: {', '.join(clear)} in the clear in an event that is {payload.visibility}"
        raise TokenError(rule, msg)


# -- putting token and disclosures together --------------------------------------------------------


@functools.cache
def _field_decoder(type_name: str, name: str) -> msgspec.json.Decoder[object]:
    if name in _ENVELOPE and type_name == "":
        wanted: object = {"authority": Authority, "known": When, "occurred": When, "sources": Sources}[name]
    else:
        wanted = typing.get_type_hints(CATALOGUE[type_name].cls, include_extras=True)[name]
    return msgspec.json.Decoder(wanted)


@functools.cache
def _required(type_name: str) -> frozenset[str]:
    return frozenset(f.name for f in msgspec.structs.fields(CATALOGUE[type_name].cls) if f.required)


def match(token: Token, disclosures: Iterable[Disclosure]) -> dict[str, Disclosure]:
    """Give the disclosures by the path of the field they disclose.

    Raises:
        DisclosureError: A disclosure that the token does not hold the digest of, one given twice, or one whose
            name the token does not list as hidden.
    """
    payload = token.payload
    inside, outside, hides = stated(payload.data.sd) or (), stated(payload.sd) or (), stated(payload.hides) or ()
    found: dict[str, Disclosure] = {}
    for disclosure in disclosures:
        where = f"{payload.sub}#{payload.seq}: disclosure of {disclosure.name!r}"
        if disclosure.digest in inside:
            path = "data." + disclosure.name
        elif disclosure.digest in outside:
            path = disclosure.name
        else:
            rule, msg = "DISCLOSURE_FOREIGN", f"{where}: its digest {disclosure.digest} does not stand in the token"
            raise DisclosureError(rule, msg)
        if path not in hides:
            rule, msg = "DISCLOSURE_NAME", f"{where}: found name {path}, expected one of {', '.join(hides)}"
            raise DisclosureError(rule, msg)
        if path in found:
            rule, msg = "DISCLOSURE_TWICE", f"{where}: {path} is disclosed twice"
            raise DisclosureError(rule, msg)
        found[path] = disclosure
    return found


def open_event(token: Token, disclosures: Iterable[Disclosure], *, position: int) -> RecordedEvent:
    """Put a token and the disclosures at hand together into the event that was recorded.

    A hidden field without its disclosure is `WITHHELD`, never a default.

    Args:
        token: The token.
        disclosures: Those the reader holds, in any order; may be empty.
        position: Its place in the register.

    Raises:
        TokenError: A field that the type always has is neither in the clear nor hidden.
        DisclosureError: A disclosure does not belong to the token, or its value is not valid for the field.
    """
    payload = token.payload
    found = match(token, disclosures)
    values: dict[str, object] = {}
    envelope: dict[str, object] = {"occurred": payload.occurred, "known": payload.known, "authority": payload.authority}
    for path in stated(payload.hides) or ():
        disclosure = found.get(path)
        inner = path.startswith("data.")
        name = path[5:] if inner else path
        value: object = WITHHELD
        if disclosure is not None:
            try:
                value = _field_decoder(payload.type if inner else "", name).decode(disclosure.value)
            except (msgspec.ValidationError, msgspec.DecodeError) as error:
                rule, msg = "DISCLOSURE_VALUE", f"{payload.sub}#{payload.seq}: disclosure of {path}: {error}"
                raise DisclosureError(rule, msg) from error
        (values if inner else envelope)[name] = value
    for name, kind in CATALOGUE[payload.type].fields.items():
        if kind == "plain" and name not in values:
            clear = getattr(payload.data, name)
            if clear is not UNSET:
                values[name] = clear
    missing = _required(payload.type) - values.keys()
    if missing:
        rule = "TOKEN_FIELD_MISSING"
        msg = f"{payload.type} {payload.sub}#{payload.seq}: without {', '.join(sorted(missing))}"
        raise TokenError(rule, msg)
    event: Event = CATALOGUE[payload.type].cls(**values)  # type: ignore[arg-type]  # typed when it was decoded
    return RecordedEvent(
        stream=payload.sub,
        event=event,
        visibility=payload.visibility,
        seq=payload.seq,
        position=position,
        txn=payload.txn,
        recorded_at=token.header.iat,
        by=payload.by,
        **envelope,  # type: ignore[arg-type]  # typed when it was decoded
    )
