"""What may one recipient have of the record, and how does he check it?

An excerpt is an archive of its own in a temporary folder: the tokens as they are, the disclosures that its reader may
see, the documents that these name, and beside them what only an excerpt has: the proof of each event against a
checkpoint, the last place of each stream, and a list of everything that is left out.

Promises: no event of a stream that is given is left out; what may not be given stands there as its digest or its log
entry, and is counted; nothing is signed, decided or changed.

May not come in: formats (the projections write and read them), and what the facts mean.
"""

from archive.excerpt.kept import Excerpt, ExcerptSource
from archive.excerpt.making import make_excerpt, release_of
from archive.excerpt.terms import Audience, Reason, Terms

__all__ = ["Audience", "Excerpt", "ExcerptSource", "Reason", "Terms", "make_excerpt", "release_of"]
