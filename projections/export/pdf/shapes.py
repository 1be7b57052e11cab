"""What a rendering is, and what a proof is told from."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class RenderingKind(StrEnum):
    """What a rendering is: a reading version of a Vorlage (de: Lesefassung), or what it rests on (de: Nachweis)."""

    READING = "lesefassung"
    PROOF = "nachweis"


class Rendering(Struct, frozen=True, kw_only=True):
    """A document made from entries, for people; it never stands for an original.

    Attributes:
        name: Its file name; ASCII.
        data: The PDF.
        title: Its title, German.
        stream: The Vorlage or Sitzung that it is about.
        kind: What it is.
        missing_glyphs: The characters that no embedded font has or that leave no mark on paper, `U+XXXX`, each once, in
            order of code point; the page shows each as `[U+XXXX]`.
        version: The number of the version that it shows; None where it shows none, or the number is withheld.
    """

    name: str
    data: bytes
    title: str
    stream: str
    kind: RenderingKind
    missing_glyphs: tuple[str, ...] = ()
    version: int | None = None


class ProofStep(Struct, frozen=True, kw_only=True):
    """A step of a verification, in German words.

    Attributes:
        name: What was looked at.
        outcome: What came out.
        note: What else a reader has to know.
    """

    name: str
    outcome: str
    note: str | None = None


class ProofLines(Struct, frozen=True, kw_only=True):
    """What a verification of what is exported rests on.

    Attributes:
        size: How many entries the checkpoint covers.
        root: Root of the log at the checkpoint, as it stands in the note.
        anchor: SHA-256 of the first token, hex.
        origin: The log's name, as it stands in the note.
        signed_at: When the checkpoint was signed, RFC 3339; None where nothing states it.
        witnesses: Who cosigned it.
        steps: What was verified before the export, and with what result; empty where nothing was.
    """

    size: int
    root: str
    anchor: str
    origin: str | None = None
    signed_at: str | None = None
    witnesses: tuple[str, ...] = ()
    steps: tuple[ProofStep, ...] = ()
