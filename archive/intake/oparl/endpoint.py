"""A source that answers: an OParl system or body over HTTP, read page by page.

What answers may do anything: fail, stall, repeat itself, lead on for ever, send what is no JSON, or point elsewhere.
So every request has a deadline and a size, failures are tried again a few times and then told, a list ends after so
many pages or when it goes in circles, a run after so many requests, bytes and hours, and no request ever leaves the
host that was named. Nothing is recorded before everything was read.

One object that cannot be read takes no other with it: it comes out as `Unread`, and so does what says that a list is
not whole. Whoever reads counts them, and takes nothing for gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from msgspec import structs

from archive.client import Request, split_url
from archive.errors import InputError, ServiceError
from archive.intake.oparl import objects
from archive.intake.oparl.canonical import Unread, decode, kind_of
from archive.intake.oparl.entries import page_of
from archive.intake.oparl.peers import PeerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from urllib.parse import SplitResult

    from archive.client import Answer, Transport
    from archive.intake.oparl.canonical import Json, Tree

PAGE_BYTES_MAX: Final = 16 * 2**20
PAGES_MAX: Final = 20_000
ATTEMPTS_MAX: Final = 4
REDIRECTS_MAX: Final = 3
RATE_DEFAULT: Final = 5.0
_STALE_PAGES_MAX: Final = 3  # pages of a list in a row that show nothing but what was shown before
# Bounds of a whole run: what the largest city shows stays far below them, an endless one ends.
REQUESTS_MAX: Final = 500_000
BYTES_MAX: Final = 4 * 2**30  # of pages and objects; files lie elsewhere and have their own
SECONDS_MAX: Final = 48 * 3_600.0
REFERENCES_MAX: Final = 1_000_000  # parts that objects only name
_FAILURES_MAX: Final = 5  # parts in a row that cannot be had: then it is the service
_RETRY_AFTER_SECONDS_MAX: Final = 60.0
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({404, 410})
_OK: Final = 200
# The lists of a body. What stands in its own lists besides is embedded in these; OParl 1.0 embeds the terms.
_LISTS: Final = (
    ("legislativeTermList", "term"),
    ("organization", "organization"),
    ("person", "person"),
    ("membership", "membership"),
    ("paper", "paper"),
    ("meeting", "meeting"),
)


class Pace:
    """At most so many requests a second.

    Args:
        rate: How many.
        clock: Seconds that never go back.
        sleep: Waits that many seconds.
    """

    def __init__(self, rate: float, *, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        if not 0 < rate <= 1_000:  # noqa: PLR2004  # more is no limit
            msg = f"--rate {rate:g}: found no rate, expected requests a second, above 0 and up to 1000"
            raise InputError(msg)
        self._gap = 1 / rate
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    def wait(self) -> None:
        """Wait until the next request may be made."""
        now = self._clock()
        if now < self._next:
            self.pause(self._next - now)
            now = self._next
        self._next = now + self._gap

    def pause(self, seconds: float) -> None:
        """Wait."""
        self._sleep(seconds)

    def now(self) -> float:
        """Give the seconds of its clock."""
        return self._clock()


class BoundError(ServiceError):
    """A run is longer than any that a source needs; going on would only fill the disk."""


class Endpoint:
    """A live source.

    Args:
        url: Its System or its Body.
        transport: Makes requests.
        pace: Says when.

    Attributes:
        requests: How many were made.
    """

    def __init__(self, url: str, *, transport: Transport, pace: Pace) -> None:
        parts = split_url(url, allows_query=True)
        self.url = url
        self.requests = 0
        self._bytes = self._references = self._failures = 0
        self._began: float | None = None
        self._origin = _origin(parts)
        self._transport = transport
        self._pace = pace

    # -- requests ---------------------------------------------------------------------------------

    def get(self, url: str) -> Tree | None:
        """Give what an address shows; None where it is gone (404, 410).

        Raises:
            ServiceError: It cannot be had, or is no JSON object, or lies elsewhere.
        """
        body = self._body(url)
        if body is None:
            return None
        try:
            tree = decode(body, what=f"source {url}")
        except InputError as error:
            raise ServiceError(error.message, hint=_LATER) from error
        if not isinstance(tree, dict):
            msg = f"source {url}: found {type(tree).__name__}, expected a JSON object"
            raise ServiceError(msg, hint="give the address of a System or a Body")
        return tree

    def part(self, url: str) -> Tree | Unread | None:
        """Give what an address shows that an object names; None where it is gone, `Unread` where it cannot be had.

        Raises:
            ServiceError: Several in a row cannot be had, so that it is the service, or the run has no end.
        """
        try:
            found = self.get(url)
        except (PeerError, BoundError):
            raise
        except ServiceError as error:
            self._failures += 1
            if self._failures >= _FAILURES_MAX:
                raise
            return Unread(error.message)
        self._failures = 0
        if found is not None:
            self._references += sum(1 for _ in missing_parts(found))
        return found

    def _body(self, url: str) -> bytes | None:
        answer = self.answer(Request(url=url, body=None, answer_bytes_max=PAGE_BYTES_MAX, headers=_ACCEPT))
        if answer.status in _GONE:
            return None
        if answer.status != _OK:
            msg = f"source {url}: found status {answer.status}, expected 200"
            raise ServiceError(msg, hint=_LATER)
        if not answer.complete:
            msg = f"source {url}: found more than {PAGE_BYTES_MAX} bytes, expected a page of at most that"
            raise ServiceError(msg, hint="nothing was recorded; tell whoever runs the source")
        return answer.body

    def _page(self, url: str) -> tuple[Tree, list[Json | Unread]]:
        """Give a page and its list; an entry that cannot be read is `Unread` there."""
        body = self._body(url)
        found: tuple[Tree, list[Json | Unread]] | None = None
        if body is not None:
            try:
                page = decode(body, what=f"source {url}")
            except InputError as error:
                # Something in it cannot be read: most often one of the objects.
                found = page_of(body, what=f"source {url}")
                if found is None:
                    raise ServiceError(error.message, hint=_LATER) from error
            else:
                if not isinstance(page, dict):
                    msg = f"source {url}: found {type(page).__name__}, expected a JSON object"
                    raise ServiceError(msg, hint="give the address of a System or a Body")
                data = page.get("data")
                found = (page, [*data]) if isinstance(data, list) else None
        if found is None:
            msg = f"source {url}: found no list, expected a page with data"
            raise ServiceError(msg, hint=_LATER)
        return found

    def answer(self, request: Request) -> Answer:
        """Give the answer to a request, whatever its status, after redirects.

        Raises:
            ServiceError: There is none, it leads elsewhere, or the service is not well.
        """
        url = request.url
        for _ in range(REDIRECTS_MAX + 1):
            self._require_own(url)
            answer = self._attempts(structs.replace(request, url=url))
            if answer.status not in _MOVED:
                return answer
            url = urljoin(url, answer.location)
        msg = f"source {self.url}: found more than {REDIRECTS_MAX} redirects in a row, the last to {url[:200]}"
        raise ServiceError(msg, hint="nothing was recorded; tell whoever runs the source")

    def _attempts(self, request: Request) -> Answer:
        """Ask, and ask again where that may help: twice as long after each time."""
        problem: ServiceError | None = None
        for attempt in range(ATTEMPTS_MAX):
            self._pace.wait()
            self._require_bounds()
            self.requests += 1
            wait = 2.0**attempt
            try:
                answer = self._transport(request)
            except PeerError:
                raise
            except ServiceError as error:
                problem = error
            else:
                self._bytes += len(answer.body)
                if answer.status not in _AGAIN:
                    return answer
                msg = f"source {request.url}: found status {answer.status} {ATTEMPTS_MAX} times, expected 200"
                problem = ServiceError(msg, hint=_LATER)
                wait = max(wait, _retry_after(answer))
            if attempt + 1 < ATTEMPTS_MAX:
                self._pace.pause(wait)
        raise problem or ServiceError(f"source {request.url}: no answer")

    def _require_bounds(self) -> None:
        """Refuse to go on where no source needs so much."""
        now = self._pace.now()
        if self._began is None:
            self._began = now
        if self.requests >= REQUESTS_MAX:
            found = f"found more than {REQUESTS_MAX} requests"
        elif self._bytes > BYTES_MAX:
            found = f"found more than {BYTES_MAX} bytes"
        elif now - self._began > SECONDS_MAX:
            found = f"found more than {SECONDS_MAX / 3_600:g} hours"
        elif self._references > REFERENCES_MAX:
            found = f"found more than {REFERENCES_MAX} parts that objects only name"
        else:
            return
        msg = f"source {self.url}: {found} in one run, expected at most that"
        raise BoundError(msg, hint="nothing was recorded; tell whoever runs the source, or ask for a dump of it")

    def _require_own(self, url: str) -> None:
        """Refuse an address on another host: what a source says must not make us ask somebody else, or ourselves."""
        try:
            parts = split_url(url, allows_query=True)
        except InputError as error:
            raise ServiceError(f"source {self.url}: {error.message}", hint=_ELSEWHERE) from error
        scheme, host, port = self._origin
        # From http to https is the one step that makes nothing worse.
        upgraded = scheme == "http" and parts.scheme == "https" and parts.hostname == host and parts.port in {None, 443}
        if _origin(parts) != self._origin and not upgraded:
            found = f"{parts.scheme}://{parts.netloc}"
            msg = f"source {self.url}: points to {found[:200]}, expected {scheme}://{host}:{port}"
            raise ServiceError(msg, hint=_ELSEWHERE)

    def is_own(self, url: str) -> bool:
        """Say whether an address lies on the source's host."""
        try:
            self._require_own(url)
        except ServiceError:
            return False
        return True

    # -- what there is ----------------------------------------------------------------------------

    def start(self, *, body: str | None) -> tuple[str, list[Tree]]:
        """Give the address of the system, and what is read first: the System and the Body.

        Args:
            body: The body that is meant, where the source has several.

        Raises:
            InputError: The source has several bodies and none was named.
            ServiceError: It is neither a System nor a Body, or cannot be had.
        """
        tree = self.get(self.url)
        kind = kind_of(tree) if tree is not None else ""
        if tree is None or kind not in {"System", "Body"}:
            found = "nothing" if tree is None else f"{kind or 'an object without type'}"
            msg = f"source {self.url}: found {found}, expected an OParl System or Body"
            raise ServiceError(msg, hint="give the address of one of the two")
        if kind == "Body":
            system = objects.reference(tree.get("system"))
            return system or self.url, [tree]
        address = tree.get("body")
        bodies = [t for t in self.pages(address, since=None) if isinstance(t, dict)] if isinstance(address, str) else []
        ids = [key for t in bodies if (key := objects.reference(t))]
        if body is not None:
            bodies = [t for t in bodies if objects.reference(t) == body]
        if len(bodies) != 1:
            msg = f"source {self.url}: found {len(ids)} bodies, expected one: {', '.join(ids[:10]) or 'none'}"
            raise InputError(msg, hint='give the address of one, or name it in the mapping file (body = "...")')
        return objects.reference(tree) or self.url, [tree, bodies[0]]

    def lists(self, body: Tree, *, since: str | None) -> Iterator[tuple[str, Json | Unread]]:
        """Give the kind and the objects of every list of a body; what cannot be read as one says why.

        Args:
            body: The body.
            since: Only what changed since this moment; None for everything.
        """
        for name, kind in _LISTS:
            value = body.get(name)
            if name == "legislativeTermList" and value is None and isinstance(body.get("legislativeTerm"), str):
                value = body["legislativeTerm"]
            if isinstance(value, str):
                for entry in self.pages(value, since=since):
                    yield kind, entry
            elif isinstance(value, list):
                for entry in value:
                    yield kind, entry

    def pages(self, url: str, *, since: str | None) -> Iterator[Json | Unread]:
        """Give the objects of a list, page by page; what cannot be read as one says why.

        A list that does not say where it goes on, although it does, ends in an `Unread` that says so.

        Raises:
            ServiceError: The list does not end, goes in circles, is no list, or cannot be had.
        """
        address: str | None = _with_since(url, since) if since is not None else url
        visited: set[int] = set()
        shown: set[int] = set()
        stale = 0
        while address is not None:
            if hash(address) in visited or len(visited) >= PAGES_MAX or stale >= _STALE_PAGES_MAX:
                msg = f"source {url}: the list does not end: found {len(visited)} pages, then {address[:200]}"
                raise ServiceError(msg, hint="nothing was recorded; tell whoever runs the source")
            visited.add(hash(address))
            page, entries = self._page(address)
            before = len(shown)
            for entry in entries:
                if isinstance(entry, Unread):
                    # Which object it was is not known; two of them are hardly the same one.
                    shown.add(hash((address, entry.reason)))
                else:
                    shown.add(hash(objects.reference(entry)))
                    self._references += sum(1 for _ in missing_parts(entry)) if isinstance(entry, dict) else 0
                yield entry
            stale = stale + 1 if len(shown) == before else 0
            address, cut = _next(page, address, len(visited))
            if cut is not None:
                yield Unread(cut)


_LATER: Final = "nothing was recorded; try again later"
_ELSEWHERE: Final = "nothing was recorded; give the address where the source itself answers"
_ACCEPT: Final = (("Accept", "application/json"),)


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _next(page: Tree, address: str, count: int) -> tuple[str | None, str | None]:
    """Give the address of the next page, and what shows that there is one although the page does not name it.

    Args:
        page: The page.
        address: Where it was found.
        count: Which one of its list it is.
    """
    links = page.get("links")
    following = links.get("next") if isinstance(links, dict) else None
    if isinstance(following, str) and following:
        return urljoin(address, following), None
    where = f"source {address}: the list is not whole"
    if following is not None and following != "":
        return None, f"{where}: found links.next that is no address, expected one, or none at the end"
    if links is not None and not isinstance(links, dict) and links != []:
        return None, f"{where}: found links that name nothing, expected an object"
    pagination = page.get("pagination")
    total = pagination.get("totalPages") if isinstance(pagination, dict) else None
    if isinstance(total, int) and not isinstance(total, bool) and total > count:
        return None, f"{where}: found {count} of {total} pages, expected links.next to lead to the others"
    return None, None


def _with_since(url: str, since: str) -> str:
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("modified_since", since)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _retry_after(answer: Answer) -> float:
    """Give the seconds that a service asks to be left alone; a date is not looked at."""
    stated = dict(answer.headers).get("retry-after", "")
    return min(float(stated), _RETRY_AFTER_SECONDS_MAX) if stated.isdecimal() and len(stated) < 9 else 0.0  # noqa: PLR2004  # a longer number is no time


def missing_parts(tree: Tree) -> Iterator[str]:
    """Give the addresses of what an object only names although it belongs into it: items, consultations, files."""
    if not objects.is_deleted(tree):
        yield from (address for address, _ in objects.parts_named(objects.kind(tree), tree))
