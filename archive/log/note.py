"""Signed notes and the keys that sign them.

A signed note is a text, an empty line and one line a signature. The text is signed as the bytes it is; nothing here
re-encodes what it read. Reading is strict: one spelling of every note, so that two readers cannot disagree about it.

Source: C2SP signed-note.
"""

from __future__ import annotations

import base64
import binascii
import enum
import functools
import hashlib
import re
import struct
from typing import TYPE_CHECKING, Final, NewType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa
from msgspec import Struct

from archive.errors import InputError, IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterable

KeyId = NewType("KeyId", bytes)

# The specification wants at least 16 signatures taken, of up to 5 kB each.
NOTE_BYTES_MAX: Final = 256 * 2**10
SIGNATURES_MAX: Final = 64
NAME_BYTES_MAX: Final = 255
_DASH: Final = "\N{EM DASH} "
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_VKEY: Final = re.compile(r"(?P<name>[^+]*)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+={0,2})", re.ASCII)
INTEGER_MAX: Final = 2**63 - 1


# -- the small forms that all texts of the log share ----------------------------------------------


def decode_base64(text: str, what: str) -> bytes:
    """Decode standard base64 with padding; only the one canonical spelling is taken.

    Raises:
        InputError: It is not base64, or its last character carries bits that nobody would look at.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        data = None
    if data is None or base64.b64encode(data).decode() != text:
        msg = f"{what}: found {_shown(text)}, expected canonical base64"
        raise InputError(msg)
    return data


def decode_hash(text: str, what: str) -> bytes:
    """Decode the base64 of a SHA-256.

    Raises:
        InputError: It is not canonical base64 of 32 bytes.
    """
    data = decode_base64(text, what)
    if len(data) != hashlib.sha256().digest_size:
        msg = f"{what}: found {len(data)} bytes, expected 32"
        raise InputError(msg)
    return data


def decode_decimal(text: str, what: str) -> int:
    """Decode a decimal number below 2^63 without sign or leading zeros.

    Raises:
        InputError: It is not one.
    """
    if not _DECIMAL.fullmatch(text) or int(text) > INTEGER_MAX:
        msg = f"{what}: found {_shown(text)}, expected a decimal number below 2^63 without leading zeros"
        raise InputError(msg)
    return int(text)


def decode_text(data: bytes, what: str, *, bytes_max: int) -> str:
    """Decode the bytes of a text of the log: bounded, UTF-8, no control characters but newline.

    Raises:
        InputError: It is none, or too long.
    """
    if len(data) > bytes_max:
        msg = f"{what}: found {len(data)} bytes, expected at most {bytes_max}"
        raise InputError(msg)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        msg = f"{what}: found byte {data[error.start]:#04x} at offset {error.start}, expected UTF-8"
        raise InputError(msg) from error
    if bad := _CONTROL.search(text):
        msg = f"{what}: found control character U+{ord(bad[0]):04X} at character {bad.start()}, expected only newlines"
        raise InputError(msg)
    return text


def _shown(text: str) -> str:
    """Give foreign text for a message: escaped and not too long."""
    return ascii(text if len(text) <= 64 else text[:61] + "...")  # noqa: PLR2004  # a message, not a rule


# -- keys -----------------------------------------------------------------------------------------


class SignatureType(enum.IntEnum):
    """The kinds of signature that Ratsbuch makes and checks."""

    ED25519 = 0x01
    """Ed25519 over the text: the log's own signature that every reader understands."""
    COSIGNATURE_ED25519 = 0x04
    """Ed25519 over text and time: a witness."""
    COSIGNATURE_MLDSA44 = 0x06
    """ML-DSA-44 over tree head, name and time: a witness, and the log's second signature."""

    @property
    def key_bytes(self) -> int:
        """The length of the public key."""
        return 1312 if self is SignatureType.COSIGNATURE_MLDSA44 else 32

    @property
    def signature_bytes(self) -> int:
        """The length of the signature behind the key id, with its time."""
        return {SignatureType.ED25519: 64, SignatureType.COSIGNATURE_ED25519: 72}.get(self, 2428)


class VerifierKey(Struct, frozen=True, kw_only=True):
    """A public key with the name it signs under; made by `verifier_key` and `parse_vkey`, which check it."""

    name: str
    type: SignatureType
    public: bytes

    @property
    def id(self) -> KeyId:
        """The first four bytes of the hash of name, type and key; an identifier, no safeguard."""
        material = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        return KeyId(hashlib.sha256(material).digest()[:4])

    @property
    def vkey(self) -> str:
        """The text form that verifiers are given, one line."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.type]) + self.public).decode()}"

    @property
    def label(self) -> str:
        """Name and id, which together say which key it is."""
        return f"{self.name}+{self.id.hex()}"


def check_name(name: str, what: str) -> None:
    """Refuse what cannot be the name of a key: empty, with a space or a plus, or too long.

    Raises:
        InputError: It cannot.
    """
    bad = next((c for c in name if c == "+" or c.isspace() or c < " "), None)
    if not name or bad is not None:
        found = "an empty name" if not name else f"U+{ord(bad or ''):04X} in {_shown(name)}"
        msg = f"{what}: found {found}, expected a key name without spaces and plus"
        raise InputError(msg)
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        msg = f"{what}: found {_shown(name)}, expected UTF-8"
        raise InputError(msg) from error
    if size > NAME_BYTES_MAX:
        msg = f"{what}: found a key name of {size} bytes, expected at most {NAME_BYTES_MAX}"
        raise InputError(msg)


def verifier_key(name: str, kind: SignatureType, public: bytes) -> VerifierKey:
    """Give a verifier key.

    Raises:
        InputError: The name or the length of the key is wrong.
    """
    check_name(name, "verifier key")
    if len(public) != kind.key_bytes:
        msg = f"verifier key {name}: found a public key of {len(public)} bytes, expected {kind.key_bytes}"
        raise InputError(msg)
    return VerifierKey(name=name, type=kind, public=public)


def parse_vkey(text: str) -> VerifierKey:
    """Read a verifier key: name, key id in hex, base64 of type and public key, joined by plus signs.

    Raises:
        InputError: It is malformed, of a type that Ratsbuch does not check, or its id is not that of its key.

    Source: C2SP signed-note, section "Verifier keys".
    """
    match = _VKEY.fullmatch(text)
    if match is None:
        msg = f"verifier key: found {_shown(text)}, expected <name>+<8 hex digits>+<base64>"
        raise InputError(msg)
    material = decode_base64(match["key"], f"verifier key {_shown(match['name'])}")
    if material[0] not in set(SignatureType):
        known = ", ".join(f"{kind:#04x}" for kind in SignatureType)
        msg = f"verifier key {_shown(match['name'])}: found signature type {material[0]:#04x}, expected one of {known}"
        raise InputError(msg)
    key = verifier_key(match["name"], SignatureType(material[0]), material[1:])
    if key.id.hex() != match["id"]:
        msg = f"verifier key {key.name}: found id {match['id']}, expected {key.id.hex()} for this name and key"
        raise InputError(msg, hint="a character of the key may be wrong; take it again from its owner")
    return key


class SigningKey(Struct, frozen=True, kw_only=True):
    """A private key with the name and the type it signs as."""

    name: str
    type: SignatureType
    private: ed25519.Ed25519PrivateKey | mldsa.MLDSA44PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return verifier_key(self.name, self.type, self.private.public_key().public_bytes_raw())

    def sign(self, message: bytes, *, timestamp: int | None = None) -> NoteSignature:
        """Sign a message that the caller has put together as the type of the key wants it."""
        time = b"" if timestamp is None else struct.pack(">Q", timestamp)
        key = self.verifier
        return NoteSignature(name=self.name, id=key.id, blob=time + self.private.sign(message))


@functools.lru_cache(maxsize=256)
def _public_key(kind: SignatureType, public: bytes) -> ed25519.Ed25519PublicKey | mldsa.MLDSA44PublicKey:
    if kind is SignatureType.COSIGNATURE_MLDSA44:
        return mldsa.MLDSA44PublicKey.from_public_bytes(public)
    return ed25519.Ed25519PublicKey.from_public_bytes(public)


def check_signature(key: VerifierKey, signature: bytes, message: bytes, what: str) -> None:
    """Check the bare signature of a key over a message.

    Raises:
        IntegrityError: It does not verify.
    """
    try:
        _public_key(key.type, key.public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        msg = f"{what}: the signature of {key.label} does not verify"
        raise IntegrityError(msg) from error


# -- notes ----------------------------------------------------------------------------------------


class NoteSignature(Struct, frozen=True, kw_only=True):
    """One signature line.

    Attributes:
        name: The name of the key, as the line claims.
        id: The id of the key, as the line claims.
        blob: The signature; for cosignatures with its time in front.
    """

    name: str
    id: KeyId
    blob: bytes

    @property
    def line(self) -> str:
        """The line with its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.id + self.blob).decode()}\n"

    def by(self, key: VerifierKey) -> bool:
        """Tell whether the line claims to be of this key."""
        return (self.name, self.id) == (key.name, key.id)


class Note(Struct, frozen=True, kw_only=True):
    """A signed note as it was read; nothing is verified yet.

    Attributes:
        text: The signed bytes, with their last newline.
        signatures: The lines, in their order; names and ids are claims.
    """

    text: bytes
    signatures: tuple[NoteSignature, ...]

    def of(self, key: VerifierKey, what: str) -> NoteSignature | None:
        """Give the signature line of a key, if there is one.

        Raises:
            InputError: There are several: which of them counts would depend on the reader.
        """
        found = [signature for signature in self.signatures if signature.by(key)]
        if len(found) > 1:
            msg = f"{what}: found {len(found)} signature lines of {key.label}, expected one"
            raise InputError(msg)
        return found[0] if found else None


def parse_note(data: bytes, *, what: str = "note") -> Note:
    """Read a signed note.

    Args:
        data: The whole note.
        what: What it is, for messages.

    Raises:
        InputError: It is not a signed note in every byte, or too large.

    Source: C2SP signed-note, section "Format".
    """
    decode_text(data, what, bytes_max=NOTE_BYTES_MAX)
    # The last empty line separates; the text may have empty lines of its own.
    text, separator, rest = data.rpartition(b"\n\n")
    if not separator or not text:
        msg = f"{what}: found no empty line between text and signatures"
        raise InputError(msg)
    return Note(text=text + b"\n", signatures=parse_signatures(rest, what=what))


def parse_signatures(data: bytes, *, what: str = "note") -> tuple[NoteSignature, ...]:
    """Read signature lines alone, as a witness answers them.

    Raises:
        InputError: A line is malformed or cut off, there is none, or there are too many.
    """
    *lines, rest = decode_text(data, what, bytes_max=NOTE_BYTES_MAX).split("\n")
    if not lines or rest:
        found = f"{_shown(rest)} at the end" if rest else "nothing"
        msg = f"{what}: found {found}, expected signature lines that end in newline"
        raise InputError(msg)
    if len(lines) > SIGNATURES_MAX:
        msg = f"{what}: found {len(lines)} signature lines, expected at most {SIGNATURES_MAX}"
        raise InputError(msg)
    return tuple(_parse_line(line, f"{what}: signature line {number}") for number, line in enumerate(lines, start=1))


def _parse_line(line: str, what: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        msg = f"{what}: found {_shown(line)}, expected an em dash, a space, a key name, a space and base64"
        raise InputError(msg)
    check_name(name, what)
    blob = decode_base64(encoded, what)
    if len(blob) <= 4:  # noqa: PLR2004  # the key id
        msg = f"{what}: found {len(blob)} bytes, expected a key id of 4 bytes and a signature"
        raise InputError(msg)
    return NoteSignature(name=name, id=KeyId(blob[:4]), blob=blob[4:])


def encode_note(text: bytes, signatures: Iterable[NoteSignature]) -> bytes:
    """Put text and signature lines together.

    Raises:
        InputError: What comes out is not a signed note.
    """
    data = text + b"\n" + "".join(signature.line for signature in signatures).encode()
    note = parse_note(data)
    if note.text != text:
        msg = f"note: found a text that ends in {text[-8:]!r}, expected one newline at its end"
        raise InputError(msg)
    return data


def sign_note(text: bytes, key: SigningKey) -> NoteSignature:
    """Sign a text with an Ed25519 key of type 0x01."""
    return key.sign(text)


def verify_note(note: Note, key: VerifierKey, *, what: str = "note") -> None:
    """Check the signature of an Ed25519 key of type 0x01 over the text of a note.

    Raises:
        InputError: The key has no single signature line there.
        IntegrityError: Its signature does not verify.
    """
    signature = note.of(key, what)
    if signature is None:
        msg = f"{what}: found no signature of {key.label}"
        raise InputError(msg)
    check_signature(key, signature.blob, note.text, what)
