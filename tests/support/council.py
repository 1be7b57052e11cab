"""A council in memory: streams of events recorded under the rules, without tokens, log or storage."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from domain import streams
from domain import vocabulary as v
from domain.events import CATALOGUE, Event
from domain.findings import Finding, of_stream
from domain.stream import RecordedEvent, Sources, State, Statement
from domain.values import Authority, Recorder, When

CLERK = "00000000-0000-4000-8000-0000000000c1"
UNKNOWN = When(certainty=v.Certainty.UNKNOWN)


def key(number: int) -> str:
    """Give an id that a reader of a failing test recognises."""
    return f"00000000-0000-4000-8000-{number:012d}"


def stream(kind: str, number: int = 1) -> str:
    """Give the id of a stream."""
    return f"{kind}:{key(number)}"


def on(day: str, *, certainty: v.Certainty = v.Certainty.STATED) -> When:
    """Give a date that the source states, or one that was inferred."""
    return When(at=day, certainty=certainty)


def statement(
    target: str,
    event: Event,
    *,
    occurred: When = UNKNOWN,
    sources: Sources | UnsetType = UNSET,
    authority: Authority | UnsetType = UNSET,
    visibility: v.Visibility = v.Visibility.PUBLIC,
) -> Statement:
    """Give a statement with what matters to the test."""
    return Statement(
        stream=target, event=event, occurred=occurred, sources=sources, authority=authority, visibility=visibility
    )


class Book:
    """Streams that grow only by what the refusing rules let through."""

    def __init__(self) -> None:
        self.closed: str | None = None
        self._streams: dict[str, list[RecordedEvent]] = {}
        self._position = 0

    def add(
        self,
        target: str,
        event: Event,
        *,
        occurred: When | str = UNKNOWN,
        sources: Sources | UnsetType = UNSET,
        authority: Authority | UnsetType = UNSET,
        visibility: v.Visibility = v.Visibility.PUBLIC,
        role: v.Role | None = None,
    ) -> str:
        """Record an event and give its id.

        Raises:
            RuleError: A rule forbids it.
        """
        if isinstance(occurred, str):
            occurred = on(occurred)
        stated = statement(
            target, event, occurred=occurred, sources=sources, authority=authority, visibility=visibility
        )
        role = role or self._role(stated)
        history = self._streams.get(target, [])
        streams.decide(
            stated,
            role=role,
            seq=len(history),
            closed=self.closed,
            history=lambda: tuple(history),
            others=lambda kind: [h for name, h in self._streams.items() if name != target and name.startswith(kind)],
        )
        self._position += 1
        record = RecordedEvent(
            **{name: getattr(stated, name) for name in Statement.__struct_fields__},
            seq=len(history) + 1,
            position=self._position,
            txn=key(0),
            recorded_at=1_795_430_000 + self._position,
            by=Recorder(person=CLERK, role=role),
        )
        self._streams.setdefault(target, []).append(record)
        return record.id

    @staticmethod
    def _role(stated: Statement) -> v.Role:
        allowed = CATALOGUE[stated.event.TYPE].roles.get(stated.kind, frozenset())
        return v.Role.CLERK if v.Role.CLERK in allowed or not allowed else min(allowed)

    def history(self, target: str) -> tuple[RecordedEvent, ...]:
        """Give a stream as first recorded."""
        return tuple(self._streams.get(target, ()))

    def state(self, target: str) -> State | None:
        """Give what a stream adds up to."""
        return streams.replay(target.partition(":")[0], self.history(target))

    def findings(self, target: str) -> tuple[Finding, ...]:
        """Give the findings of one stream."""
        state = self.state(target)
        assert state is not None, f"no stream {target}"
        return of_stream(state, self.history(target), self.state)

    def codes(self, *targets: str) -> set[str]:
        """Give the codes found in some streams, in all of them where none is named."""
        return {finding.code for target in targets or self._streams for finding in self.findings(target)}
