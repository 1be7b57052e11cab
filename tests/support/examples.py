"""One example of every type of the catalogue, read from its annotations, with every field stated.

The values are invented and the same each time. They are valid for their fields, not likely as a story: what is
proved with them is that stored bytes can be read, for every field that there is.
"""

from __future__ import annotations

import base64
import functools
import re
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from msgspec import Raw, inspect

from archive.log.note import SignatureType, verifier_key
from domain import events as e
from domain.events import CATALOGUE, Event
from domain.stream import ENVELOPE, Statement, field_types
from domain.vocabulary import Role, Visibility
from support.signers import REGISTER, FixedSigner, fixed_signer, name_uuid

ORIGIN: Final = f"{REGISTER}.ratsbuch.invalid"
CLERK: Final = "clerk"
# The type by which the example of each kind of stream is opened.
_OPENERS: Final = {kind: row.name for row in reversed(tuple(CATALOGUE.values())) if row.opens for kind in row.streams}
# Every kind of character that a text may hold: what JSON escapes, what it does not, what looks like an escape, several
# planes, letters in two parts, and TAB, CR and LF.
TEXTS: Final = (
    "Der Kreistag beschließt die Richtlinie „Öffentlichkeitsarbeit“ § 3 Abs. 2 – 1.500,00 €.",
    'Zeile 1\r\nZeile 2\tmit TAB, "Zitat", \\ und \\u0000 und \\b als Text',
    "cafe\u0301, \u00fc und u\u0308, \u017fi\u017f, \u1e9e, \u2028, \u00a0, \u00ad, \u007f, \u0085, \ufeff, \ufffd",
    "\U0001f5f3\ufe0f \U00020000 \U0010ffff \ud7ff \ue000 <b>&amp;</b> ~d1~ _sd ...",
    "-",
)
_SAMPLES: Final = (
    "2021-12-08",
    "2021-12-08T17:05:00.5+01:00",
    "P5Y6M",
    "2/3",
    "/data/subject",
    "data.votes",
    "A",
    "DATE_AFTER_CONSULTATION",
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    "0123456789abcdef" * 8,
    "TUlJQg==",
)


def stream_of(kind: str) -> str:
    """Give the example stream of a kind."""
    return f"{kind}:{REGISTER if kind == 'register' else name_uuid(kind)}"


def _log_key(kind: SignatureType) -> str:
    if kind is SignatureType.ED25519:
        public = Ed25519PrivateKey.from_private_bytes(b"e" * 32).public_key().public_bytes_raw()
    else:
        public = MLDSA44PrivateKey.from_seed_bytes(b"m" * 32).public_key().public_bytes_raw()
    return verifier_key(ORIGIN, kind, public).vkey


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


_ROLES: Final = (Role.REGISTRAR, Role.CLERK, Role.ARCHIVIST, Role.IMPORTER, Role.LEGAL)


def enrolment(signer: FixedSigner, *, roles: tuple[Role, ...] = _ROLES) -> e.SignerEnrolled:
    """Give the event that enrols a signer, by default in every role that can be enrolled."""
    spki = signer.public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return e.SignerEnrolled(
        person=signer.person,
        roles=roles,
        algorithm=signer.algorithm,
        public_key=_base64(spki),
        certificate_digest=signer.certificate_digest,
        certificate=_base64(signer.signer.certificate),
    )


@functools.cache
def _fixed(type_name: str) -> dict[str, object]:
    """Give the fields that must fit together for the example register to be one."""
    root, clerk = fixed_signer("root").signer, fixed_signer(CLERK)
    successor = fixed_signer("root-2").signer
    log: dict[str, object] = {
        "log_ed25519": _log_key(SignatureType.ED25519),
        "log_mldsa44": _log_key(SignatureType.COSIGNATURE_MLDSA44),
    }
    if type_name == e.SignerEnrolled.TYPE:
        event = enrolment(clerk)
        return {name: getattr(event, name) for name in e.SignerEnrolled.__annotations__ if name != "TYPE"}
    fixed: dict[str, dict[str, object]] = {
        e.RegisterOpened.TYPE: {
            "register": stream_of("register"),
            "name": "Musterkreis (BEISPIEL, kein amtlicher Bestand)",
            "example": True,
            "format_version": 1,
            "origin": ORIGIN,
            "root_algorithm": root.algorithm,
            "root_certificate": _base64(root.certificate),
            **log,
        },
        e.RootChanged.TYPE: {
            "root_algorithm": successor.algorithm,
            "root_certificate": _base64(successor.certificate),
        },
        e.LogKeyChanged.TYPE: log,
        e.SignerRevoked.TYPE: {"person": clerk.person, "certificate_digest": clerk.certificate_digest},
        e.RecordCorrected.TYPE: {
            "old": Raw(b'{"nested":[1,null,true,"\xc3\xa4"]}'),
            "new": Raw(b'"09.11.2021"'),
        },
    }
    return fixed.get(type_name, {})


class _Maker:
    """Makes values, no two of them alike by accident: each takes the next text and the next code."""

    def __init__(self, *, blank: bool) -> None:
        self.blank = blank
        self.count = 0

    def value(self, kind: inspect.Type, path: str) -> object:
        self.count += 1
        refs: tuple[str, ...] = ()
        while isinstance(kind, inspect.Metadata):
            refs = (kind.extra or {}).get("refs", refs)
            kind = kind.type
        if isinstance(kind, inspect.UnionType):
            parts = [part for part in kind.types if not isinstance(part, inspect.NoneType | inspect.CustomType)]
            if self.blank and len(parts) < len(kind.types) and any(isinstance(p, inspect.NoneType) for p in kind.types):
                return None
            return self.value(parts[0], path)
        if isinstance(kind, inspect.StructType):
            fields = {f.name: self.value(f.type, f"{path}.{f.name}") for f in kind.fields}
            return kind.cls(**fields)
        if isinstance(kind, inspect.VarTupleType):
            size = max(kind.min_length or 0, min(2, 2 if kind.max_length is None else kind.max_length))
            return tuple(self.value(kind.item_type, f"{path}.{i}") for i in range(size))
        return self._scalar(kind, path, refs)

    def _scalar(self, kind: inspect.Type, path: str, refs: tuple[str, ...]) -> object:
        if isinstance(kind, inspect.EnumType):
            return list(kind.cls)[self.count % len(kind.cls)]
        if isinstance(kind, inspect.BoolType):
            return self.count % 2 == 0
        if isinstance(kind, inspect.IntType):
            low, high = kind.ge or 0, 2**53 - 1 if kind.le is None else kind.le
            return high if self.count % 5 == 0 else min(high, low + self.count)
        if isinstance(kind, inspect.StrType):
            return self._text(kind.pattern, path, refs)
        raise TypeError(f"{path}: no example for {kind}")

    def _text(self, pattern: str | None, path: str, refs: tuple[str, ...]) -> str:
        if pattern is None:
            return TEXTS[self.count % len(TEXTS)]
        key = name_uuid(f"{path} {self.count}")
        streams = [f"{kind}:{key}{mark}" for kind in (*refs, "proposal") for mark in ("", "#12")]
        for sample in (*_SAMPLES, *streams, key):
            if re.search(pattern, sample):
                return sample
        raise TypeError(f"{path}: no example for the pattern {pattern}")


def _types(hints: dict[str, object]) -> dict[str, inspect.Type]:
    return dict(zip(hints, inspect.multi_type_info(hints.values()), strict=True))


@functools.cache
def example_event(type_name: str, *, blank: bool = False) -> Event:
    """Give the example of a type.

    Args:
        type_name: Name and version.
        blank: Leave blank what can be left blank; else state it.
    """
    cls, fixed = CATALOGUE[type_name].cls, _fixed(type_name)
    maker = _Maker(blank=blank)
    values = {
        name: fixed[name] if name in fixed else maker.value(kind, f"{type_name}.{name}")
        for name, kind in sorted(_types(field_types(cls)).items())
    }
    return cls(**values)  # type: ignore[arg-type]  # made from the annotations


@functools.cache
def example_statement(type_name: str, visibility: Visibility = Visibility.PUBLIC, *, blank: bool = False) -> Statement:
    """Give the example of a type as it is stated, in the stream of the first kind in which it may stand."""
    maker = _Maker(blank=blank)
    envelope = {name: maker.value(kind, name) for name, kind in sorted(_types(ENVELOPE).items())}
    return Statement(
        stream=stream_of(CATALOGUE[type_name].streams[0]),
        event=example_event(type_name, blank=blank),
        visibility=visibility,
        **envelope,  # type: ignore[arg-type]  # made from the annotations
    )


def role_of(type_name: str) -> Role:
    """Give a role that may record the type in the stream of its example."""
    row = CATALOGUE[type_name]
    return min(row.roles[row.streams[0]], key=list(Role).index)


def visibilities(type_name: str) -> tuple[Visibility, ...]:
    """Give what visibility an event of the type may have."""
    return (Visibility.PUBLIC,) if role_of(type_name) is Role.ROOT else tuple(Visibility)


def opener_of(type_name: str) -> str | None:
    """Give the type that opens the stream of the example; None where it is the type itself."""
    opener = _OPENERS[CATALOGUE[type_name].streams[0]]
    return None if opener == type_name else opener
