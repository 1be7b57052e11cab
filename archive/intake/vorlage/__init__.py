"""What does a single Beschlussvorlage say, and which commands record that?

`read_vorlage` reads plain text, PDF or DOCX and gives a `Draft`: a command file to be reviewed, what could not be read,
and the same as a batch. Promises: every field rests on its literal words with their place in the document; what would
take a guess is not filled in but said; the result of a body that was only reported is recorded as such (secondary).

What may not come in: looking at anything but the document and what is recorded already; writing.
"""

from __future__ import annotations

from archive.intake.vorlage.draft import Draft, read_vorlage, role_for
from archive.intake.vorlage.paper import Field
from archive.intake.vorlage.sections import Remark

__all__ = ["Draft", "Field", "Remark", "read_vorlage", "role_for"]
