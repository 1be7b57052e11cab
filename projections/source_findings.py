"""Which findings are there in what an intake touched? Counted by code, by replay of those streams and no others.

What the detectors cannot see is looked up here: they read events, and an event names the fields of a source's object
that changed and not what stood there. That a result was filled in is what happens after every meeting; that one was
taken away or replaced is not, and only the two documents tell them apart.
"""

from __future__ import annotations

import functools
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET

from archive.errors import InputError
from archive.intake.oparl.canonical import decode
from archive.intake.oparl.stating import look_of
from domain import findings, streams
from domain.findings import sources as detector
from domain.proposal import Proposal
from domain.source import Source
from domain.values import Document, stated
from domain.vocabulary import SourceChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.archive import Archive
    from archive.intake.oparl.canonical import Tree
    from domain import events as e
    from domain.findings import Lookup
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
            state = with_results_lost(archive, state, ask=lambda other: read(other)[0])
        if state is not None:
            found = findings.of_stream(state, history, lambda other: read(other)[0], exists=exists)
            counts.update(finding.code for finding in found)
        if done % 200 == 0:
            tell(done, len(touched))
    shared = (read(stream)[0] for stream in archive.shared("proposal", "reference"))
    counts["DUPLICATE_REFERENCE"] += len(findings.of_register(s for s in shared if isinstance(s, Proposal)))
    return {code: count for code, count in sorted(counts.items()) if count}


# -- what events do not tell by themselves ----------------------------------------------------------


def with_results_lost(archive: Archive, state: Source, *, ask: Lookup | None = None) -> Source:
    """Give an object of a source as the detector may judge it.

    No result that was lost passes for one that was filled in: the observations that found a result taken away or
    replaced no longer say that nothing but results changed, so the detector looks at them as at any other change.
    And a change passes for one after the decision only where the whole time between two looks lies after it: an
    observation of which that cannot be told no longer says when it was made.

    Args:
        archive: The archive.
        state: The object.
        ask: Gives the states of other streams; by default as they are now.
    """
    if all(fact.event.change is SourceChange.NEW for fact in state.observations):
        return state
    found = results_lost(archive, state)
    told = {finding.places[0] for finding in after_decision(_at_the_earliest(found), ask or archive.stream)}
    return _with_moments(found, lambda fact, _: fact.event.retrieved_at if fact.id in told else UNSET)


def results_lost(archive: Archive, state: Source) -> Source:
    """Give an object of a source in which no result that was lost passes for one that was filled in."""
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


def after_decision(state: Source, ask: Lookup) -> list[findings.Finding]:
    """Give which changes of an object were seen after the decision, by the moments that its observations bear."""
    if len(state.observations) == 1:
        return []
    return [found for found in detector.of_source(state, ask) if found.code == "SOURCE_CHANGED_AFTER_DECISION"]


def earliest(before: Fact[e.SourceObserved] | None, fact: Fact[e.SourceObserved]) -> str | None:
    """Give the earliest moment at which that can have changed which an observation found; None where none is known.

    The change lies between the look before and this one, whichever of the two was recorded first. Of a dump whose
    moment nobody stated it is known by when it was made, and so nothing is known of what came before.
    """
    if before is None:
        return None
    looks = [_look(before), _look(fact)]
    known = [look for look in looks if look is not None]
    return min(known, key=datetime.fromisoformat) if len(known) == len(looks) else None


def latest(before: Fact[e.SourceObserved] | None, fact: Fact[e.SourceObserved]) -> str | None:
    """Give the latest moment at which that can have changed which an observation found."""
    looks = [stated(one.event.retrieved_at) for one in (before, fact) if one is not None]
    return max((look for look in looks if look is not None), key=datetime.fromisoformat, default=None)


def _look(fact: Fact[e.SourceObserved]) -> str | None:
    return look_of(fact.event, fact.record.occurred)


def _at_the_earliest(state: Source) -> Source:
    return _with_moments(state, lambda fact, before: earliest(before, fact) or UNSET)


def at_the_latest(state: Source) -> Source:
    """Give an object whose observations bear the latest moment at which that can have changed which they found."""
    return _with_moments(state, lambda fact, before: latest(before, fact) or UNSET)


def _with_moments(
    state: Source, moment: Callable[[Fact[e.SourceObserved], Fact[e.SourceObserved] | None], object]
) -> Source:
    observations = []
    before: Fact[e.SourceObserved] | None = None
    for fact in state.observations:
        event = msgspec.structs.replace(fact.event, retrieved_at=moment(fact, before))
        observations.append(msgspec.structs.replace(fact, event=event))
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
