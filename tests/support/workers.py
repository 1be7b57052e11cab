"""Processes that make parts of the views and are not well: what they do is set when they begin."""

from __future__ import annotations

import contextlib
import functools
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from msgspec import structs

from projections.projecting import spreading
from projections.projecting.folding import fold_into
from projections.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor
    from sqlite3 import Connection

    from archive.archive import Archive
    from domain.stream import State
    from projections.projecting.folding import Failure
    from projections.views.table import Row, Teller, View

# The module itself, in which these functions exchange something.
_SPREADING: Any = spreading
UNREADABLE = "this it cannot read"


@contextlib.contextmanager
def workers(begin: Callable[..., None] | None = None, *arguments: object) -> Iterator[Executor]:
    """Give two processes that begin anew; what this one has open or in memory is not theirs.

    Args:
        begin: What each does first, a function of this module.
        arguments: Are given to it.
    """
    first = functools.partial(begin, *arguments) if begin is not None else None
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=first) as pool:
        yield pool


def fail_at(view: str, stream: str, size: int) -> None:
    """From now on a view cannot read a stream once it has so many events."""

    def failing(rows: Callable[[State, Teller], Iterable[Row]]) -> Callable[[State, Teller], Iterable[Row]]:
        def read(state: State, teller: Teller) -> Iterable[Row]:
            if state.stream == stream and state.size >= size:
                raise ValueError(UNREADABLE)
            return rows(state, teller)

        return read

    _SPREADING.VIEWS = tuple(
        one
        if one.name != view
        else structs.replace(
            one,
            parts=tuple(
                structs.replace(part, rows=failing(part.rows), reads=(*part.reads, "size")) for part in one.parts
            ),
        )
        for one in VIEWS
    )


def end_at(stream: str) -> None:
    """From now on this process ends, as if it were killed, when it is to fold a part with a stream in it."""

    def fold_or_end(
        connection: Connection, archive: Archive, views: Sequence[View], streams: Sequence[str], *, size: int
    ) -> dict[str, Failure]:
        if stream in streams:
            os._exit(9)
        return fold_into(connection, archive, views, streams, size=size)

    _SPREADING.fold_into = fold_or_end
