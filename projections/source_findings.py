"""Which findings are there in what an intake touched? Counted by code, by replay of those streams and no others.

What the detectors cannot see is looked up here: they read events, and an event names the fields of a source's object
that changed and not what stood there. That a result was filled in is what happens after every meeting; that one was
taken away or replaced is not, and only the two documents tell them apart.
"""

from __future__ import annotations

import functools
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from archive.errors import InputError
from archive.intake.oparl.canonical import decode
from domain import findings, streams
from domain.proposal import Proposal
from domain.source import Source
from domain.values import Document, stated

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.archive import Archive
    from archive.intake.oparl.canonical import Tree
    from domain import events as e
    from domain.stream import Fact, RecordedEvent, State

# Streams kept at hand: a meeting is asked for by every proposal that came before it.
_STREAMS_MAX: Final = 2_000


def lookup(archive: Archive) -> Callable[[str], State | None]:
    """Give the states of streams, replayed once as long as they are at hand."""
    read = _reader(archive)
    return lambda stream: read(stream)[0]


def _reader(archive: Archive) -> Callable[[str], tuple[State | None, tuple[RecordedEvent, ...]]]:
    @functools.lru_cache(maxsize=_STREAMS_MAX)
    def read(stream: str) -> tuple[State | None, tuple[RecordedEvent, ...]]:
        history = archive.history(stream)
        return streams.replay(stream.partition(":")[0], history), history

    return read


def count_findings(
    archive: Archive, *, after: int, tell: Callable[[int, int], None] = lambda *_: None
) -> dict[str, int]:
    """Count the findings of the streams that got events after a position, by code.

    Numbers that several proposals bear are counted over the whole register, because one stream alone shows none.

    Args:
        archive: The archive.
        after: The position.
        tell: Is told how many streams are done, and of how many.
    """
    counts: Counter[str] = Counter()
    touched = archive.touched(after=after)
    read = _reader(archive)
    exists = functools.lru_cache(maxsize=_STREAMS_MAX)(archive.exists)
    for done, stream in enumerate(touched, start=1):
        state, history = read(stream)
        if isinstance(state, Source):
            state = with_results_lost(archive, state)
        if state is not None:
            found = findings.of_stream(state, history, lambda other: read(other)[0], exists=exists)
            counts.update(finding.code for finding in found)
        if done % 200 == 0:
            tell(done, len(touched))
    shared = (read(stream)[0] for stream in archive.shared("proposal", "reference"))
    counts["DUPLICATE_REFERENCE"] += len(findings.of_register(s for s in shared if isinstance(s, Proposal)))
    return {code: count for code, count in sorted(counts.items()) if count}


# -- what only documents tell ---------------------------------------------------------------------


def with_results_lost(archive: Archive, state: Source) -> Source:
    """Give an object of a source in which no result that was lost passes for one that was filled in.

    The observations that found a result taken away or replaced no longer say that nothing but results changed: the
    detector then looks at them as at any other change.
    """
    observations = []
    before: Fact[e.SourceObserved] | None = None
    for fact in state.observations:
        fields = stated(fact.event.fields_changed) or ()
        is_asked = before is not None and any(name.rpartition("/")[2] == "result" for name in fields)
        if is_asked and _loses_a_result(tree_of(archive, before), tree_of(archive, fact)):
            event = msgspec.structs.replace(fact.event, fields_changed=msgspec.UNSET)
            observations.append(msgspec.structs.replace(fact, event=event))
        else:
            observations.append(fact)
        if stated(fact.event.document) is not None:
            before = fact
    return msgspec.structs.replace(state, observations=tuple(observations))


def tree_of(archive: Archive, fact: Fact[e.SourceObserved] | None) -> Tree | None:
    """Give what an object said when it was observed; None where nothing is held of it."""
    document = fact.event.document if fact is not None else None
    digest = stated(document.digest) if isinstance(document, Document) else None
    content = archive.document(digest) if digest is not None else None
    if content is None:
        return None
    try:
        tree = decode(content, what="document")
    except InputError:  # recorded by hand: a document of any kind
        return None
    return tree if isinstance(tree, dict) else None


def _loses_a_result(before: Tree | None, after: Tree | None) -> bool:
    if before is None or after is None:
        return False
    now = _results(after)
    return any(now.get(key) != result for key, result in _results(before).items())


def _results(tree: Tree) -> dict[str, str]:
    """Give the results that an object states, its own and those of what it embeds, by id."""
    items = tree.get("agendaItem")
    found: dict[str, str] = {}
    for entry in (tree, *(items if isinstance(items, list) else ())):
        result = entry.get("result") if isinstance(entry, dict) else None
        if isinstance(entry, dict) and isinstance(result, str) and result:
            found[str(entry.get("id"))] = result
    return found
