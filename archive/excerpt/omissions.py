"""Whether what an excerpt leaves out is what its terms let be left out.

Which field a digest stands for nobody can tell who has only the digest. What can be told: whether the event is one that
the recipient may see, and whether its type has a personal field at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.archive import ERASED_SIZE, read_row
from archive.errors import InputError, IntegrityError
from archive.excerpt.release import SEES
from archive.excerpt.terms import Audience, Reason
from domain import register
from domain.events import CATALOGUE, RecordCorrected
from domain.stream import RecordedEvent
from domain.visibility import index_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.excerpt.kept import Excerpt
    from archive.excerpt.terms import Terms
