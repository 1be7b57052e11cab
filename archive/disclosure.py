"""Withheld fields: a salted value beside the token, its digest inside it (de: offenlegbare Angabe).

A disclosure is `base64url([salt, name, value])` and its digest the SHA-256 of that text, as in SD-JWT. The
token holds digests only, so that a field can be left out, or destroyed, without touching one signed byte.

A row of disclosures is written `~d1~d2~`, the tail of SD-JWT's combined form: token and row put together are
what an SD-JWT library reads. No row is `~`.

Source: RFC 9901, sections 4.2.1, 4.2.3 and 5.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Raw, Struct

from archive.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

SALT_SIZE: Final = 16
ROW_SIZE_MAX: Final = 4 * 2**20
EMPTY_ROW: Final = b"~"
INTEGER_MAX: Final = 2**53 - 1
DEPTH_MAX: Final = 32

# Canonical base64url ends in a character whose unused bits are zero; the standard decoder does not look.
_LAST: Final = {2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}
# What canonical JSON may not hold here: escapes of control characters, and the two non-characters that no
# XML can carry. `\\` is consumed first, so that an escaped backslash before a `u` is no escape.
_FORBIDDEN: Final = re.compile(rb"(?:\\\\)|(\\[ubf]|\xef\xbf[\xbe\xbf])")
_TOO_DEEP: Final = f"nested deeper than {DEPTH_MAX} levels"
# Names by which SD-JWT tells digests from data; inside a value a reader of that standard would act on them.
_RESERVED: Final = frozenset({"_sd", "_sd_alg", "..."})


class DisclosureError(InputError):
    """A disclosure is not what the format allows, or does not belong to its token.

    Attributes:
        rule: The stable name of the rule that refuses it (`docs/format.md` lists them).
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{rule}: {message}")
        self.rule = rule


def base64url_encode(data: bytes) -> bytes:
    """Encode without padding (RFC 7515, section 2)."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL)


def base64url_decode(text: bytes, *, what: str) -> bytes:
    """Decode unpadded base64url, accepting the one canonical spelling only.

    Args:
        text: The encoded bytes.
        what: What is being decoded, for the message.

    Raises:
        InputError: A character outside the alphabet, an impossible length, or unused bits that are set.
    """
    rest = len(text) % 4
    if rest != 1 and (not rest or text[-1] in _LAST[rest]):
        # Padding is what the decoder wants and the format does not have.
        try:
            return binascii.a2b_base64(text.translate(_TO_STANDARD) + _PADDING[rest], strict_mode=True)
        except binascii.Error:
            pass
    msg = f"{what}: not canonical base64url"
    raise InputError(msg)


_PADDING: Final = (b"", b"", b"==", b"=")
# The other alphabet's characters, and padding, become one that the decoder refuses.
_TO_STANDARD: Final = bytes.maketrans(b"-_+/=", b"+/\0\0\0")
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")


def refuse_characters(raw: bytes, *, what: str) -> None:
    """Refuse canonical JSON that holds characters no export could carry.

    Raises:
        InputError: A control character other than TAB, LF and CR, U+FFFE or U+FFFF.
    """
    # Two searches for bytes, because this runs over every token and most hold neither.
    if b"\\" not in raw and b"\xef\xbf" not in raw:
        return
    for match in _FORBIDDEN.finditer(raw):
        if match[1] is not None:
            msg = f"{what}: a character that no export could carry at byte {match.start()}"
            raise InputError(msg)


def canonical(value: object) -> bytes:
    """Encode plain JSON values as RFC 8785 does.

    Names are ASCII and there are no floats here, which is what makes sorting by bytes and the encoder's own
    number form the same as the RFC's.
    """
    return msgspec.json.encode(value, order="sorted")


def refuse_values(value: object, *, what: str, depth: int = DEPTH_MAX) -> None:
    """Refuse JSON that not every reader takes alike: floats, large integers, odd or reserved names, deep nesting.

    Raises:
        InputError: Such a value.
    """
    if depth == 0:
        msg = f"{what}: {_TOO_DEEP}"
        raise InputError(msg)
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return
    if isinstance(value, int):
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            msg = f"{what}: the integer {value} is outside -(2^53-1) to 2^53-1"
            raise InputError(msg)
    elif isinstance(value, float):
        msg = f"{what}: a number with a fraction or exponent; decimals are text"
        raise InputError(msg)
    elif isinstance(value, list):
        for item in value:
            refuse_values(item, what=what, depth=depth - 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            if not name.isascii():
                msg = f"{what}: the name {name!r} is not ASCII"
                raise InputError(msg)
            if name in _RESERVED:
                msg = f"{what}: the name {name!r} is reserved (RFC 9901)"
                raise InputError(msg)
            refuse_values(item, what=what, depth=depth - 1)


def require_canonical(raw: bytes, *, what: str) -> None:
    """Refuse JSON that is not spelled exactly as its canonical form.

    Raises:
        InputError: Not JSON, spelled otherwise (order, space, escapes, duplicate names, number form), or with
            characters that no export could carry.
    """
    _require_spelling(raw, what=what)
    refuse_characters(raw, what=what)


def _require_spelling(raw: bytes, *, what: str) -> None:
    try:
        value = msgspec.json.decode(raw)
    except RecursionError as error:
        msg = f"{what}: {_TOO_DEEP}"
        raise InputError(msg) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"{what}: not JSON: {error}"
        raise InputError(msg) from error
    refuse_values(value, what=what)
    if canonical(value) != raw:
        msg = f"{what}: not in canonical form (RFC 8785)"
        raise InputError(msg)


class Disclosure(Struct, frozen=True, kw_only=True):
    """One withheld field as it is handed over.

    Attributes:
        encoded: The base64url text, as in the row and as hashed.
        digest: Its SHA-256, base64url; this stands in the token.
        name: The bare name of the field.
        value: The field's value, canonical JSON.
    """

    encoded: bytes
    digest: str
    name: str
    value: bytes


def digest_of(encoded: bytes) -> str:
    """Give the digest of a disclosure: SHA-256 over its ASCII text, base64url (RFC 9901, section 4.2.3)."""
    return base64url_encode(hashlib.sha256(encoded).digest()).decode()


def make(name: str, value: bytes, *, salt: bytes) -> Disclosure:
    """Make a disclosure of a field.

    Args:
        name: The bare field name, ASCII.
        value: The value as canonical JSON.
        salt: 16 fresh random bytes; a salt used twice, or guessable, would let a digest confirm a guess.
    """
    array = b'["' + base64url_encode(salt) + b'","' + name.encode() + b'",' + value + b"]"
    encoded = base64url_encode(array)
    return Disclosure(encoded=encoded, digest=digest_of(encoded), name=name, value=value)


_ARRAY: Final = msgspec.json.Decoder(tuple[str, str, Raw])


def read(encoded: bytes) -> Disclosure:
    """Read a disclosure strictly.

    Raises:
        DisclosureError: Not canonical base64url, not a JSON array of salt, name and value in canonical form, a
            salt that is not 16 bytes, or a character that no export could carry.
    """
    try:
        raw = base64url_decode(encoded, what="disclosure")
    except InputError as error:
        rule = "DISCLOSURE_BASE64URL"
        raise DisclosureError(rule, error.message) from error
    try:
        salt, name, value = _ARRAY.decode(raw)
    except RecursionError as error:
        rule, msg = "DISCLOSURE_NOT_CANONICAL", f"disclosure: {_TOO_DEEP}"
        raise DisclosureError(rule, msg) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        rule, msg = "DISCLOSURE_ARRAY", f"expected an array of salt, name and value: {error}"
        raise DisclosureError(rule, msg) from error
    where = f"disclosure of {name!r}"
    try:
        size = len(base64url_decode(salt.encode(), what=f"{where}: salt"))
    except InputError as error:
        rule = "DISCLOSURE_SALT"
        raise DisclosureError(rule, error.message) from error
    if size != SALT_SIZE:
        rule, msg = "DISCLOSURE_SALT", f"{where}: the salt has {size} bytes, expected {SALT_SIZE}"
        raise DisclosureError(rule, msg)
    try:
        _require_spelling(raw, what=where)
    except InputError as error:
        rule = "DISCLOSURE_NOT_CANONICAL"
        raise DisclosureError(rule, error.message) from error
    try:
        refuse_characters(raw, what=where)
    except InputError as error:
        rule = "DISCLOSURE_CHARACTER"
        raise DisclosureError(rule, error.message) from error
    return Disclosure(encoded=encoded, digest=digest_of(encoded), name=name, value=bytes(value))


def join(disclosures: Iterable[Disclosure]) -> bytes:
    """Write a row of disclosures: `~d1~d2~`, or `~` for none."""
    return b"~" + b"".join(d.encoded + b"~" for d in disclosures)


def split(row: bytes) -> tuple[bytes, ...]:
    """Split a row into its encoded disclosures.

    Raises:
        DisclosureError: The row does not begin and end with `~`, holds an empty disclosure, or is over 4 MiB.
    """
    rule = "DISCLOSURE_ROW"
    if len(row) > ROW_SIZE_MAX:
        msg = f"{len(row)} bytes, at most {ROW_SIZE_MAX} are allowed"
        raise DisclosureError(rule, msg)
    if row == EMPTY_ROW:
        return ()
    parts = row.split(b"~")
    if len(parts) < 3 or parts[0] or parts[-1] or not all(parts[1:-1]):  # noqa: PLR2004  # "~x~" has three parts
        msg = "expected ~d1~d2~, each part not empty"
        raise DisclosureError(rule, msg)
    return tuple(parts[1:-1])
