"""A source that answers: an OParl system or body over HTTP, read page by page.

What answers may do anything: fail, stall, repeat itself, lead on for ever, send what is no JSON, or point elsewhere.
So every request has a deadline and a size, failures are tried again a few times and then told, a list ends after so
many pages or when it goes in circles, and no request ever leaves the host that was named. Nothing is recorded before
everything was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from msgspec import structs

from archive.client import Request, split_url
from archive.errors import InputError, ServiceError
from archive.intake.oparl import objects
from archive.intake.oparl.canonical import decode, kind_of
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
_REFERENCES_MAX: Final = 200_000
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
        self._origin = _origin(parts)
        self._transport = transport
        self._pace = pace

    # -- requests ---------------------------------------------------------------------------------

    def get(self, url: str) -> Tree | None:
        """Give what an address shows; None where it is gone (404, 410).

        Raises:
            ServiceError: It cannot be had, or is no JSON object, or lies elsewhere.
        """
        answer = self.answer(Request(url=url, body=None, answer_bytes_max=PAGE_BYTES_MAX, headers=_ACCEPT))
        if answer.status in _GONE:
            return None
        if answer.status != _OK:
            msg = f"source {url}: found status {answer.status}, expected 200"
            raise ServiceError(msg, hint=_LATER)
        if not answer.complete:
            msg = f"source {url}: found more than {PAGE_BYTES_MAX} bytes, expected a page of at most that"
            raise ServiceError(msg, hint="nothing was recorded; tell whoever runs the source")
        try:
            tree = decode(answer.body, what=f"source {url}")
        except InputError as error:
            raise ServiceError(error.message, hint=_LATER) from error
        if not isinstance(tree, dict):
            msg = f"source {url}: found {type(tree).__name__}, expected a JSON object"
            raise ServiceError(msg, hint="give the address of a System or a Body")
        return tree

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
            self.requests += 1
            wait = 2.0**attempt
            try:
                answer = self._transport(request)
            except PeerError:
                raise
            except ServiceError as error:
                problem = error
            else:
                if answer.status not in _AGAIN:
                    return answer
                msg = f"source {request.url}: found status {answer.status} {ATTEMPTS_MAX} times, expected 200"
                problem = ServiceError(msg, hint=_LATER)
                wait = max(wait, _retry_after(answer))
            if attempt + 1 < ATTEMPTS_MAX:
                self._pace.pause(wait)
        raise problem or ServiceError(f"source {request.url}: no answer")

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

    def lists(self, body: Tree, *, since: str | None) -> Iterator[tuple[str, Json]]:
        """Give the kind and the objects of every list of a body.

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

    def pages(self, url: str, *, since: str | None) -> Iterator[Json]:
        """Give the objects of a list, page by page.

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
            page = self.get(address)
            if page is None or not isinstance(page.get("data"), list):
                msg = f"source {address}: found no list, expected a page with data"
                raise ServiceError(msg, hint=_LATER)
            entries = cast("list[Json]", page["data"])
            before = len(shown)
            for entry in entries:
                shown.add(hash(objects.reference(entry)))
                yield entry
            stale = stale + 1 if len(shown) == before else 0
            address = _next(page, address)


_LATER: Final = "nothing was recorded; try again later"
_ELSEWHERE: Final = "nothing was recorded; give the address where the source itself answers"
_ACCEPT: Final = (("Accept", "application/json"),)


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _next(page: Tree, address: str) -> str | None:
    links = page.get("links")
    following = links.get("next") if isinstance(links, dict) else None
    return urljoin(address, following) if isinstance(following, str) and following else None


def _with_since(url: str, since: str) -> str:
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("modified_since", since)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _retry_after(answer: Answer) -> float:
    """Give the seconds that a service asks to be left alone; a date is not looked at."""
    stated = dict(answer.headers).get("retry-after", "")
    return min(float(stated), _RETRY_AFTER_SECONDS_MAX) if stated.isdecimal() and len(stated) < 9 else 0.0  # noqa: PLR2004  # a longer number is no time


def missing_parts(tree: Tree) -> Iterator[str]:
    """Give the addresses of what an object only names although it belongs into it: agenda items, consultations."""
    names = {"Meeting": ("agendaItem",), "Paper": ("consultation",)}.get(kind_of(tree), ())
    for name in names:
        value = tree.get(name)
        for entry in value if isinstance(value, list) else ():
            if isinstance(entry, str) and objects.is_id(entry):
                yield entry
