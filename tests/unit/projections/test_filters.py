"""What lists are narrowed to: an organ goes by the names that this reader may see, in every command alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.archives import batch, new_archive
from support.council import statement, stream

from archive.errors import InputError
from domain import events as e
from domain import vocabulary as v
from projections.account import listing
from projections.coverage import coverage
from projections.coverage_text import coverage_text
from projections.findings import findings

if TYPE_CHECKING:
    from pathlib import Path

B, COUNCIL = stream("body"), stream("organ")


def test_name_that_stands_in_a_blocked_event_means_no_organ(tmp_path: Path) -> None:
    here = new_archive(tmp_path)
    renamed = e.OrganChanged(name="Geheimer Rat")
    with here.open() as archive:
        archive.record(
            batch(
                statement(COUNCIL, e.OrganRegistered(body=B, name="Kreistag", kind=v.OrganKind.COUNCIL)),
                statement(COUNCIL, renamed, visibility=v.Visibility.BLOCKED),
            ),
            signer=here.signer(),
        )
    with here.open() as archive:
        for give in (listing, coverage, findings):
            with pytest.raises(InputError, match="expected one of Kreistag") as raised:
                give(archive, organ="Geheimer Rat")
            assert "Geheimer Rat" not in str(raised.value.hint)
            assert give(archive, organ="Geheimer Rat", with_blocked=True).filters.organ == "Geheimer Rat"


def test_what_coverage_cannot_place_is_called_by_kind_number_and_subject(tmp_path: Path) -> None:
    here = new_archive(tmp_path)
    registered = e.ProposalRegistered(
        body=B, kind=v.ProposalKind.RESOLUTION_PROPOSAL, version=1, reference="0640", subject="Radwege"
    )
    with here.open() as archive:
        archive.record(batch(statement(stream("proposal"), registered)), signer=here.signer())
        answer = coverage(archive, as_of="2021-12-08")
        assert (answer.apart, answer.apart_titles) == ((stream("proposal"),), ("Vorlage 0640: Radwege",))
        lines = coverage_text(answer).splitlines()
        at = lines.index("Vorlage 0640: Radwege")
        assert lines[at + 1] == f"  {stream('proposal')}"
