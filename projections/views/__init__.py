"""What readers query: tables over the whole record, with the positions between which each row held.

Holds: one module for each group of tables. A view says which streams it reads, which tables it fills, and which rows
a state gives; `fold` makes the timeline of a stream from that, and `projections.projector` keeps the file.

Promises: every row is a function of the recorded events alone and names the event it rests on. The rows that held at
a position are the rows of the states that a replay up to there gives (`timeline`), so the past is read without one.
A cell is NULL where nothing is stated; `unstated` says which of the other kinds of nothing it is.
What follows from several streams (`computed`) is there for the present only, computed anew where it may have changed.

May not come in: SQL that writes (that is the projector's), a rule, a clock, what only one command shows.
"""

from __future__ import annotations

from typing import Final

from projections.views.custody import CUSTODY_VIEW
from projections.views.meetings import BALLOT_VIEW, MEETING_VIEW
from projections.views.people import BODY_VIEW, ORGAN_VIEW, PERSON_VIEW
from projections.views.proposals import ANNEX_VIEW, PROPOSAL_VIEW
from projections.views.record import RECORD_VIEW
from projections.views.resolutions import RESOLUTION_VIEW, REVIEW_VIEW
from projections.views.search import SEARCH_VIEW
from projections.views.sources import SOURCE_VIEW

VIEWS: Final = (
    RECORD_VIEW,
    PROPOSAL_VIEW,
    ANNEX_VIEW,
    MEETING_VIEW,
    BALLOT_VIEW,
    RESOLUTION_VIEW,
    REVIEW_VIEW,
    BODY_VIEW,
    ORGAN_VIEW,
    PERSON_VIEW,
    CUSTODY_VIEW,
    SOURCE_VIEW,
    SEARCH_VIEW,
)
