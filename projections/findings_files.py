"""What was decided and stands in no file: a finding that only all files of a register together show.

The meetings and resolutions that have to do with a proposal are noted while the register is read, as ids only; whether
it was decided is then told from these few, as everywhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from domain.custody import Custody
from domain.findings.custody import Filed, filed_in, of_unfiled
from domain.meeting import Meeting
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.values import stated
from projections.deliberations import Deliberations, treatments
from projections.life import LifeState, decisive, standing_of_proposal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.findings import Finding
    from domain.stream import State
    from projections.findings_walk import Walk

UNFILED: Final = "FILE_REFERENCE_MISSING"


class Unfiled:
    """Notes what has to do with proposals while a register is read, and then gives those that stand in no file."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        # Where no files are kept nothing is noted either.
        self._is_asked = any(walk.each("custody"))
        self._about: dict[str, list[str]] = {}
        self._notes: dict[str, list[Finding]] = {}

    def take(self, state: State) -> None:
        """Note the proposals with which a meeting or resolution has to do."""
        if not self._is_asked:
            return
        named: tuple[str | None, ...] = ()
        if isinstance(state, Meeting):
            named = tuple(proposal for proposal, treatment in treatments(state) if treatment.outcomes)
        elif isinstance(state, Resolution):
            named = (stated(state.proposal),)
        for proposal in filter(None, named):
            self._about.setdefault(proposal, []).append(state.stream)

    def keep(self, stream: str, finding: Finding) -> bool:
        """Keep what a person noted in a proposal about its file reference; say whether it was that."""
        if finding.code != UNFILED or not stream.startswith("proposal:"):
            return False
        self._notes.setdefault(stream, []).append(finding)
        return True

    def findings(self) -> Iterator[tuple[str, Finding]]:
        """Give the findings, with what people noted about them; a note about none of them stands for itself."""
        if self._is_asked:
            yield from self._found()
        for stream, notes in self._notes.items():
            yield from ((stream, note) for note in notes)

    def _found(self) -> Iterator[tuple[str, Finding]]:
        visible = _filed(self._walk)
        everything = visible
        if any(map(self._walk.blocked, self._walk.archive.streams("custody"))):
            # What only seems to stand in no file because that is blocked is no finding.
            everything = _filed(self._walk.unblocked())
        for stream, about in self._about.items():
            proposal = self._walk.state(stream)
            if not isinstance(proposal, Proposal) or not visible.lacks(proposal) or not everything.lacks(proposal):
                continue
            decided_by = self._decided_by(proposal, about)
            for finding in of_unfiled(proposal, decided_by, visible) if decided_by is not None else ():
                yield stream, self._explained(stream, finding)

    def _decided_by(self, proposal: Proposal, about: list[str]) -> str | None:
        """Give the event by which a proposal was decided: that of its resolution, else its last final outcome."""
        with self._walk.near(about):
            deliberations = Deliberations(self._walk)
            if standing_of_proposal(proposal, deliberations).state is not LifeState.DECIDED:
                return None
            made = [
                fact.id
                for one in deliberations.resolutions(proposal.stream)
                for fact in (one.urgent if one.made is None else (one.made,))
            ]
            final = [facts[-1].id for facts, _ in decisive(proposal, deliberations)]
        return next(iter((*made, *reversed(final))), None)

    def _explained(self, stream: str, finding: Finding) -> Finding:
        apart: list[Finding] = []
        for note in self._notes.pop(stream, []):
            facts = {place for place in note.places if place != note.explained_by}
            if facts and not facts & set(finding.places):
                apart.append(note)
            else:
                finding = msgspec.structs.replace(finding, status=note.status, explained_by=note.explained_by)
        if apart:
            self._notes[stream] = apart
        return finding


def _filed(walk: Walk) -> Filed:
    return filed_in(
        (state for one in walk.each("custody") if isinstance(state := walk.state(one), Custody)), walk.state
    )
