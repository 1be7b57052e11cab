from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING

import pytest
from support.archives import Made, new_archive
from support.oparl import (
    consultation,
    events_of,
    failures,
    file,
    intake,
    item,
    meeting,
    observations,
    paper,
    portrait,
    thing,
    town,
    url,
)
from support.oparl_server import Site, council, cut, dripping, huge, says, status

from archive.errors import InputError, ServiceError
from archive.following import Run, follow_endpoint
from archive.intake.oparl import endpoint as endpoints
from archive.intake.oparl.endpoint import Endpoint, Pace
from archive.intake.oparl.mapping import vocabulary
from domain import events as e
from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.oparl import Object

    from archive.archive import Archive
    from archive.intake.oparl.summary import Summary

PAPERS = "/oparl/list/paper"


@pytest.fixture
def site() -> Iterator[Site]:
    with council() as found:
        found.has([paper(n) for n in range(1, 8)])
        yield found


class Book:
    def __init__(self, made: Made, archive: Archive) -> None:
        self.made, self.archive = made, archive

    def follows(self, endpoint: Endpoint, *, since: str | None = None, words: Path | None = None) -> Summary:
        return follow_endpoint(
            self.archive, endpoint, Run(words=vocabulary(words), signer=self.made.signer()), since=since
        )


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = new_archive(tmp_path)
    with made.open() as archive:
        yield Book(made, archive)


def refuses(book: Book, endpoint: Endpoint, message: str) -> None:
    """Hold that a run fails with a message that begins so, and records nothing."""
    size = book.archive.size
    with pytest.raises(ServiceError, match=rf"\A{re.escape(message)}"):
        book.follows(endpoint)
    assert book.archive.size == size


# -- what it does ---------------------------------------------------------------------------------


def test_a_live_source_gives_what_a_dump_of_it_gives(site: Site, book: Book, tmp_path: Path) -> None:
    listed = [
        one for one in town() if not one["id"].rpartition("/")[0].endswith(("consultation", "agendaitem", "file"))
    ]
    site.has(listed)
    summary = book.follows(site.endpoint())
    assert summary.is_complete
    assert summary.system == site.system
    other = new_archive(tmp_path / "other", seed=1)
    with other.open() as archive:
        intake(archive, other.signer(), [*site.objects.values(), site.body(1)], system=site.system)
        expected = portrait(archive)
    found = portrait(book.archive)
    del found[site.system]
    assert found == expected
    assert failures(book.archive) == []


def test_all_pages_are_read_and_a_second_run_records_nothing(site: Site, book: Book) -> None:
    first = book.follows(site.endpoint())
    assert first.shown == {"body": 1, "paper": 7, "system": 1}
    assert [path for path in site.asked if path.startswith(PAPERS)] == [
        PAPERS,
        f"{PAPERS}?start=3",
        f"{PAPERS}?start=6",
    ]
    assert first.requests == len(site.asked)
    again = book.follows(site.endpoint())
    assert (again.recorded, again.changes["unchanged"]) == (0, 9)


def test_the_address_of_a_body_will_do(site: Site, book: Book) -> None:
    summary = book.follows(site.endpoint("/oparl/body/1"))
    assert (summary.system, summary.shown) == (site.system, {"body": 1, "paper": 7})


def test_later_runs_ask_for_what_changed_and_find_nothing_gone(site: Site, book: Book) -> None:
    book.follows(site.endpoint())
    key = f"{site.system}/paper/3"
    site.objects = {key: {**site.objects[key], "name": "Neu", "modified": "2022-01-01T00:00:00+01:00"}}
    summary = book.follows(site.endpoint(), since="2021-12-01T00:00:00Z")
    assert summary.changes == {"unchanged": 2, "changed": 1}
    assert not summary.is_complete
    assert f"{PAPERS}?modified_since=2021-12-01T00%3A00%3A00Z" in site.asked


def test_of_several_bodies_one_has_to_be_named(site: Site, book: Book, tmp_path: Path) -> None:
    site.bodies = 2
    message = f"source {site.system}: found 2 bodies, expected one: {site.system}/body/1, {site.system}/body/2"
    with pytest.raises(InputError, match=rf"\A{re.escape(message)}\Z"):
        book.follows(site.endpoint())
    own = tmp_path / "own.toml"
    own.write_text(f'format = "ratsbuch-oparl-map/1"\nbody = "{site.system}/body/2"\n')
    assert book.follows(site.endpoint(), words=own).shown["body"] == 1


def test_what_a_meeting_only_names_is_fetched(site: Site, book: Book) -> None:
    site.has(
        [
            meeting(1, agendaItem=[url("agendaitem", 1), url("agendaitem", 9), "https://elsewhere.example.org/x"]),
            item(1, meeting=url("meeting", 1), result="vertagt"),
            paper(1, consultation=[url("consultation", 1)]),
            consultation(1, paper=url("paper", 1)),
        ]
    )
    summary = book.follows(site.endpoint())
    assert summary.shown == {"agenda_item": 1, "body": 1, "consultation": 1, "meeting": 1, "paper": 1, "system": 1}
    assert [o.outcome for o in events_of(book.archive, e.OutcomeDeclared)] == [v.Outcome.POSTPONED]
    assert len(events_of(book.archive, e.ConsultationPlanned)) == 1


def test_what_neither_a_complete_listing_nor_its_address_shows_is_gone(site: Site, book: Book) -> None:
    book.follows(site.endpoint())
    del site.objects[f"{site.system}/paper/3"]
    summary = book.follows(site.endpoint())
    assert summary.changes == {"unchanged": 8, "gone": 1}
    assert observations(book.archive, f"{site.system}/paper/3")[-1].change is v.SourceChange.GONE


def test_what_a_listing_missed_but_its_address_shows_is_not_gone(site: Site, book: Book) -> None:
    book.follows(site.endpoint())
    kept = site.objects.pop(f"{site.system}/paper/3")
    site.fails("/oparl/paper/3", says(kept))
    assert book.follows(site.endpoint()).recorded == 0


def test_an_error_is_no_sign_that_something_is_gone(site: Site, book: Book) -> None:
    book.follows(site.endpoint())
    del site.objects[f"{site.system}/paper/3"]
    site.fails("/oparl/paper/3", status(500), stays=True)
    refuses(book, site.endpoint(), f"source {site.system}/paper/3: found status 500 4 times, expected 200")


def test_the_last_object_of_its_kind_can_be_gone_too(site: Site, book: Book) -> None:
    site.has([paper(1), paper(2), meeting(1)])
    book.follows(site.endpoint())
    site.has([])
    summary = book.follows(site.endpoint())
    assert summary.changes["gone"] == 3
    for key in ("paper/1", "paper/2", "meeting/1"):
        assert observations(book.archive, f"{site.system}/{key}")[-1].change is v.SourceChange.GONE
    assert book.follows(site.endpoint()).recorded == 0


@pytest.mark.parametrize("since", [None, "2021-01-01T00:00:00Z"])
def test_a_part_whose_address_says_that_it_is_gone_is_gone(site: Site, book: Book, since: str | None) -> None:
    shown = [
        meeting(1, agendaItem=[url("agendaitem", 1), url("agendaitem", 2)]),
        paper(1, consultation=[url("consultation", 1)], mainFile=url("file", 1)),
    ]
    parts = [item(1), item(2), consultation(1), file(1)]
    site.has([*shown, *parts])
    book.follows(site.endpoint())
    site.has([*shown, parts[1]])
    summary = book.follows(site.endpoint(), since=since)
    assert summary.changes["gone"] == 3
    assert summary.left_out["parts that are not there"] == 3
    assert dict(summary.events) == {
        "source-observed/1": 3,
        "agenda-set/1": 1,
        "consultation-dropped/1": 1,
        "document-withdrawn/1": 1,
    }
    assert book.follows(site.endpoint(), since=since).recorded == 0
    assert failures(book.archive) == []


def test_parts_of_parts_are_fetched(site: Site, book: Book) -> None:
    site.has(
        [
            meeting(1, agendaItem=[url("agendaitem", 1)], invitation=url("file", 1)),
            item(1, result="vertagt", resolutionFile=url("file", 2), auxiliaryFile=["https://elsewhere.example.org/x"]),
            file(1, name="Einladung"),
            file(2, name="Beschluss"),
        ]
    )
    summary = book.follows(site.endpoint())
    assert summary.shown["file"] == 2
    assert summary.left_out == {"parts on another host": 1}
    labels = [a.label for a in events_of(book.archive, e.DocumentAttached)]
    assert sorted(labels) == ["Beschluss", "Einladung", "https://elsewhere.example.org/x"]


def test_a_look_that_is_later_shows_what_holds_whatever_its_stamp_says(site: Site, book: Book) -> None:
    site.has([paper(1, name="neu", modified="2022-01-01T00:00:00+01:00")])
    book.follows(site.endpoint())
    site.has([paper(1, name="alt")])
    assert book.follows(site.endpoint()).events["proposal-revised/1"] == 1
    # And what belongs into it is read of that form.
    plan = [url("consultation", 1)]
    site.has([paper(1, name="alt", modified="2020-01-01T00:00:00+01:00", consultation=plan), consultation(1)])
    assert book.follows(site.endpoint()).events["consultation-planned/1"] == 1
    site.has([paper(1, name="alt", modified="2020-01-01T00:00:00+01:00", consultation=plan), consultation(1, role="x")])
    assert book.follows(site.endpoint()).events["consultation-planned/1"] == 1


# -- what goes wrong ------------------------------------------------------------------------------


def test_a_failure_that_passes_is_waited_out_longer_each_time(site: Site, book: Book) -> None:
    site.fails(PAPERS, status(500), cut, status(503, Retry_After="30"))
    assert book.follows(site.endpoint()).shown["paper"] == 7
    assert [pause for pause in site.pauses if pause >= 1] == [1, 2, 30]


@pytest.mark.parametrize("code", [500, 502, 503, 429])
def test_a_failure_that_stays_ends_the_run(site: Site, book: Book, code: int) -> None:
    site.fails(PAPERS, status(code), stays=True)
    refuses(book, site.endpoint(), f"source {site.system}/list/paper: found status {code} 4 times, expected 200")


def test_a_failure_on_a_later_page_leaves_nothing_half_recorded(site: Site, book: Book) -> None:
    fine = site.answer(PAPERS)
    site.fails(PAPERS, lambda _: fine, status(500), status(500), status(500), status(500))
    refuses(book, site.endpoint(), f"source {site.system}/list/paper?start=3: found status 500 4 times, expected 200")
    assert book.follows(site.endpoint()).shown["paper"] == 7


@pytest.mark.parametrize("code", [400, 401, 403, 418])
def test_a_refusal_is_not_tried_again(site: Site, book: Book, code: int) -> None:
    site.fails(PAPERS, status(code), stays=True)
    refuses(book, site.endpoint(), f"source {site.system}/list/paper: found status {code}, expected 200")
    assert site.asked.count(PAPERS) == 1


def test_a_connection_that_is_always_cut_ends_the_run(site: Site, book: Book) -> None:
    site.fails(PAPERS, cut, stays=True)
    refuses(book, site.endpoint(), f"service {site.system}/list/paper: found IncompleteRead")


def test_a_page_that_names_itself_as_the_next_one_ends_the_run(site: Site, book: Book) -> None:
    here = f"{site.system}/list/paper"
    site.fails(PAPERS, says({"data": [paper(1)], "links": {"next": here}}), stays=True)
    refuses(book, site.endpoint(), f"source {here}: the list does not end: found 1 pages, then {here}")


@pytest.mark.parametrize("data", [[], [paper(1)]])
def test_a_list_that_leads_on_for_ever_and_shows_nothing_new_ends_the_run(
    site: Site, book: Book, data: list[object]
) -> None:
    pages = iter(range(1, 1000))
    here = f"{site.system}/list/paper"

    def endless(handler: object) -> tuple[int, dict[str, str], bytes]:
        return says({"data": data, "links": {"next": f"{here}?start={next(pages)}"}})(handler)  # type: ignore[arg-type]  # not looked at

    site.fails(PAPERS, endless, stays=True)
    refuses(book, site.endpoint(), f"source {here}: the list does not end: found ")
    assert len(site.asked) < 15


def test_a_list_of_ever_new_objects_ends_after_so_many_pages(
    site: Site, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "PAGES_MAX", 5)
    pages = iter(range(1, 1000))
    here = f"{site.system}/list/paper"

    def endless(handler: object) -> tuple[int, dict[str, str], bytes]:
        number = next(pages)
        return says({"data": [paper(number)], "links": {"next": f"{here}?start={number}"}})(handler)  # type: ignore[arg-type]  # not looked at

    site.fails(PAPERS, endless, stays=True)
    refuses(book, site.endpoint(), f"source {here}: the list does not end: found 5 pages, then {here}?start=5")


def test_a_body_without_end_is_read_only_so_far(site: Site, book: Book) -> None:
    site.fails(PAPERS, huge, stays=True)
    refuses(book, site.endpoint(), f"source {site.system}/list/paper: found more than 16777216 bytes, expected a page")


def test_a_source_that_drips_is_cut_at_the_deadline(site: Site, book: Book) -> None:
    done = threading.Event()
    site.fails(PAPERS, dripping(done), stays=True)
    try:
        refuses(
            book,
            site.endpoint(timeout_seconds=0.2),
            f"service {site.system}/list/paper: found no whole answer after 0.2 seconds",
        )
    finally:
        done.set()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"data": [', "source {here}: is not valid JSON: "),
        (b"<html>", "source {here}: is not valid JSON: "),
        (b"[]", "source {here}: found list, expected a JSON object"),
        (b"{}", "source {here}: found no list, expected a page with data"),
        (b'{"data": {}}', "source {here}: found no list, expected a page with data"),
        (b'{"links": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "source {here}: found more levels than can be read"),
        (b'{"data": [], "data": []}', "source {here}: found the name 'data' twice in one object"),
        (b'{"data": [{"a": "\t"}], "links": {"next": "\t"}}', "source {here}: is not valid JSON: "),
        (b'{"data": [{"a": "\t"}], "id": "x"}', "source {here}: is not valid JSON: "),
    ],
)
def test_a_page_that_is_none_ends_the_run(site: Site, book: Book, body: bytes, message: str) -> None:
    site.fails(PAPERS, status(200, body), stays=True)
    refuses(book, site.endpoint(), message.format(here=f"{site.system}/list/paper"))


def test_a_list_that_is_gone_says_nothing_about_what_was_in_it(site: Site, book: Book) -> None:
    book.follows(site.endpoint())
    site.fails(PAPERS, status(404), stays=True)
    refuses(book, site.endpoint(), f"source {site.system}/list/paper: found no list, expected a page with data")


def test_an_object_that_changes_between_two_pages_counts_in_its_later_form(site: Site, book: Book) -> None:
    old, new = thing("Paper", 1, name="alt"), thing("Paper", 1, name="neu", modified="2022-01-01T00:00:00+01:00")
    here = f"{site.system}/list/paper"
    site.fails(PAPERS, says({"data": [old], "links": {"next": f"{here}?start=3"}}), says({"data": [new, paper(2)]}))
    summary = book.follows(site.endpoint())
    assert (summary.repeated, summary.shown["paper"]) == (1, 2)
    assert {p.subject for p in events_of(book.archive, e.ProposalRegistered)} == {"neu", "Vorlage 2"}


def test_an_object_on_a_page_that_is_none_is_told_and_the_rest_is_recorded(site: Site, book: Book) -> None:
    site.fails(PAPERS, says({"data": [5, {"id": ""}, paper(2)]}))
    summary = book.follows(site.endpoint())
    assert (summary.unreadable_count, summary.shown["paper"], summary.is_complete) == (2, 1, False)


@pytest.mark.parametrize(
    "bad",
    [
        b'{"id":"x","name":"\\ud800"}',
        b'{"id":"x","name":"a\tb"}',
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"[" * 10_000 + b"]" * 10_000,
        b'{"id":"x","id":"y"}',
        b'{"id":"x","n":NaN}',
    ],
)
def test_one_object_that_cannot_be_read_takes_no_other_with_it(site: Site, book: Book, bad: bytes) -> None:
    here = f"{site.system}/list/paper"
    good = json.dumps(paper(1)).encode()
    body = b'{"data": [%s, %s, %s], "links": {"next": "%s?start=3"}}' % (bad, good, bad, here.encode())
    site.fails(PAPERS, status(200, body), says({"data": [paper(2)]}))
    summary = book.follows(site.endpoint())
    assert (summary.shown["paper"], summary.unreadable_count, summary.is_complete) == (2, 2, False)
    assert summary.unreadable[0].reason.startswith(f"source {here}: object 1: ")


def test_pages_on_which_nothing_can_be_read_end(site: Site, book: Book) -> None:
    here = f"{site.system}/list/paper"
    pages = iter(range(1, 10_000))

    def endless(_: object) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, b'{"data": [{"a": "\t"}], "links": {"next": "%s?start=%d"}}' % (here.encode(), next(pages))

    site.fails(PAPERS, endless, stays=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(endpoints, "PAGES_MAX", 20)
        refuses(book, site.endpoint(), f"source {here}: the list does not end: found 20 pages")


@pytest.mark.parametrize("fault", [status(500), status(403), status(200, b"<html>"), cut])
def test_a_part_that_cannot_be_had_is_counted_and_not_gone(
    site: Site, book: Book, fault: Callable[[object], None]
) -> None:
    shown = [meeting(1, agendaItem=[url("agendaitem", n) for n in range(1, 5)])]
    site.has([*shown, *(item(n) for n in range(1, 5))])
    site.fails("/oparl/agendaitem/2", fault, stays=True)
    summary = book.follows(site.endpoint())
    assert (summary.shown["agenda_item"], summary.unreadable_count, summary.is_complete) == (3, 1, False)
    assert summary.changes["gone"] == 0


def test_parts_none_of_which_can_be_had_end_the_run(site: Site, book: Book) -> None:
    site.has([meeting(1, agendaItem=[url("agendaitem", n) for n in range(1, 50)])])
    for number in range(1, 50):
        site.fails(f"/oparl/agendaitem/{number}", status(403), stays=True)
    refuses(book, site.endpoint(), f"source {site.system}/agendaitem/5: found status 403, expected 200")
    assert len([path for path in site.asked if "agendaitem" in path]) == 5


def test_what_stands_in_the_list_of_persons_is_about_persons(site: Site, book: Book) -> None:
    people = [
        {"id": f"{site.system}/person/1", "name": "Bert", "web": "w"},
        {"id": f"{site.system}/person/2", "type": "https://schema.oparl.org/1.1/person/", "name": "C", "email": "c@x"},
    ]
    site.fails("/oparl/list/person", says({"data": people}))
    summary = book.follows(site.endpoint())
    assert summary.shown["person"] == 2
    seen = {
        str(record.event.url): (record.visibility, record.event.object_kind, record.event.fields_dropped)
        for record in book.archive.events_between()
        if isinstance(record.event, e.SourceObserved)
    }
    assert [seen[one["id"]] for one in people] == [
        (v.Visibility.NON_PUBLIC, "person", ("web",)),
        (v.Visibility.NON_PUBLIC, "person", ("email",)),
    ]


# -- a list that does not say that it goes on -----------------------------------------------------


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ({"links": {"next": 5}}, "found links.next that is no address, expected one, or none at the end"),
        ({"links": {"next": {"href": "x"}}}, "found links.next that is no address, expected one, or none at the end"),
        ({"links": "x"}, "found links that name nothing, expected an object"),
        ({"pagination": {"totalPages": 5}}, "found 1 of 5 pages, expected links.next to lead to the others"),
        (
            {"links": {}, "pagination": {"totalPages": 2}},
            "found 1 of 2 pages, expected links.next to lead to the others",
        ),
    ],
)
def test_a_list_that_hides_its_next_page_is_not_complete(site: Site, book: Book, page: Object, message: str) -> None:
    book.follows(site.endpoint())
    site.fails(PAPERS, says({"data": [paper(1)], **page}))
    summary = book.follows(site.endpoint())
    assert (summary.is_complete, summary.changes["gone"]) == (False, 0)
    where = f"source {site.system}/list/paper: the list is not whole: "
    assert [one.reason for one in summary.unreadable] == [where + message]


@pytest.mark.parametrize(
    "page",
    [
        {"links": {"next": None}},
        {"links": {"next": ""}},
        {"links": []},
        {"links": None},
        {"pagination": {"totalPages": 1}},
        {"pagination": {"totalPages": 0}},
        {"pagination": []},
    ],
)
def test_a_list_that_ends_is_complete(site: Site, book: Book, page: Object) -> None:
    site.fails(PAPERS, says({"data": [paper(1)], **page}))
    assert book.follows(site.endpoint()).is_complete


# -- a run without end ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "most", "message"),
    [
        ("REQUESTS_MAX", 10, "found more than 10 requests"),
        ("BYTES_MAX", 5_000, "found more than 5000 bytes"),
        ("SECONDS_MAX", -1.0, "found more than "),
        ("REFERENCES_MAX", 10, "found more than 10 parts that objects only name"),
    ],
)
def test_a_run_that_leads_on_for_ever_ends(
    site: Site, book: Book, monkeypatch: pytest.MonkeyPatch, bound: str, most: float, message: str
) -> None:
    monkeypatch.setattr(endpoints, bound, most)
    pages = iter(range(1, 10_000))
    here = f"{site.system}/list/paper"

    def endless(handler: object) -> tuple[int, dict[str, str], bytes]:
        number = next(pages)
        one = paper(number, consultation=[url("consultation", number)])
        return says({"data": [one], "links": {"next": f"{here}?start={number}"}})(handler)  # type: ignore[arg-type]  # not looked at

    site.fails(PAPERS, endless, stays=True)
    size = book.archive.size
    with pytest.raises(endpoints.BoundError, match=rf"\Asource {re.escape(site.system)}: {message}"):
        book.follows(site.endpoint())
    assert len(site.asked) < 50
    assert book.archive.size == size


# -- where it leads -------------------------------------------------------------------------------


def test_a_redirect_on_the_same_host_is_followed(site: Site, book: Book) -> None:
    site.fails("/old", status(301, Location="/oparl"))
    assert book.follows(site.endpoint("/old")).shown["paper"] == 7


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("http://elsewhere.example.org/oparl", "http://elsewhere.example.org"),
        ("http://127.0.0.1:1/oparl", "http://127.0.0.1:1"),
        ("http://169.254.169.254/latest", "http://169.254.169.254"),
        ("//elsewhere.example.org/x", "http://elsewhere.example.org"),
    ],
)
@pytest.mark.parametrize("way", ["redirect", "next"])
def test_nothing_leads_to_another_host(site: Site, book: Book, target: str, found: str, way: str) -> None:
    if way == "redirect":
        site.fails(PAPERS, status(302, Location=target), stays=True)
    else:
        site.fails(PAPERS, says({"data": [paper(1)], "links": {"next": target}}), stays=True)
    refuses(book, site.endpoint(), f"source {site.system}: points to {found}, expected {site.origin}")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:alert(1)"])
def test_nothing_leads_to_another_scheme(site: Site, book: Book, target: str) -> None:
    site.fails(PAPERS, status(302, Location=target), stays=True)
    refuses(book, site.endpoint(), f"source {site.system}: address ")


def test_redirects_end(site: Site, book: Book) -> None:
    site.fails(PAPERS, status(302, Location=PAPERS), stays=True)
    refuses(book, site.endpoint(), f"source {site.system}: found more than 3 redirects in a row, the last to ")


@pytest.mark.parametrize(("path", "found"), [("/oparl/paper/1", "Paper"), ("/nothing", "nothing")])
def test_what_is_neither_system_nor_body_is_refused(site: Site, book: Book, path: str, found: str) -> None:
    refuses(book, site.endpoint(path), f"source {site.origin}{path}: found {found}, expected an OParl System or Body")


def test_nobody_there_is_told(book: Book) -> None:
    with council() as gone:
        endpoint = gone.endpoint()
    refuses(book, endpoint, f"service {gone.system}: cannot be reached: ")


# -- pace -----------------------------------------------------------------------------------------


def test_requests_keep_their_distance() -> None:
    now, waits = [100.0], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    pace = Pace(4, clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        pace.wait()
    now[0] += 10
    pace.wait()
    assert waits == [0.25, 0.25]


@pytest.mark.parametrize("rate", [0, -1, 1001, float("nan")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(InputError, match=r"\A--rate .*: found no rate, expected requests a second"):
        Pace(rate, clock=lambda: 0.0, sleep=lambda _: None)
