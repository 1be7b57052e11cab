"""A Vorlage as a document for people: one Lesefassung a version, and a Nachweis (PDF/A-2a and PDF/UA-1, German).

Promises: what stands on a page is told from entries and nothing is filled in; every page of a Lesefassung says that it
is not the Vorlage, and whether the original is held; every page of an example register says that it is one; no page
says that it was certified; the same edition gives the same bytes.

May not come in: German words for codes (`projections.export.german` has them), markup made out of text, fonts of the
machine.
"""

from projections.export.pdf.press import available
from projections.export.pdf.renderings import files, of_proposal
from projections.export.pdf.shapes import ProofLines, ProofStep, Rendering, RenderingKind

__all__ = ["ProofLines", "ProofStep", "Rendering", "RenderingKind", "available", "files", "of_proposal"]
