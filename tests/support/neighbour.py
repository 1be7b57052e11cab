"""A neighbour who witnesses an archive of a terminal, listening on a free port, and what verifiers write about them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from msgspec import Struct

from archive.log.note import parse_vkey
from support.logs import WITNESS, WITNESS_MLDSA44
from support.witnesses import Operated, listening, operated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.terminal import Terminal


class Neighbour(Struct, frozen=True):
    """A witness that listens.

    Attributes:
        url: Where.
        witness: The witness.
    """

    url: str
    witness: Operated

    def policy(self, anchor: str | None = None, *, quorum: str = "nachbar") -> str:
        """Give a policy with this witness and its two keys, as two names at one address."""
        return policy(self.url, anchor, quorum=quorum)


def policy(url: str, anchor: str | None = None, *, quorum: str = "nachbar") -> str:
    """Give a policy with the witness at an address."""
    lines = [] if anchor is None else [f"# anchor {anchor}"]
    lines += [
        f"witness nachbar {WITNESS.verifier.vkey} {url}",
        f"witness nachbar-mldsa44 {WITNESS_MLDSA44.verifier.vkey} {url}/",
        "group beide all nachbar nachbar-mldsa44",
        f"quorum {quorum}",
    ]
    return "\n".join([*lines, ""])


def log_vkeys(terminal: Terminal) -> tuple[str, ...]:
    """Give the verifier keys of a terminal's log, as its pin has them."""
    lines = terminal.pin.read_text(encoding="utf-8").splitlines()
    return tuple(line.removeprefix("log ") for line in lines if line.startswith("log "))


def name_policy(terminal: Terminal, text: str) -> None:
    """Make a policy the archive's own."""
    (terminal.archive / "witnesses.policy").write_text(text, encoding="utf-8")
    settings = terminal.archive / "ratsbuch.toml"
    named = settings.read_text(encoding="utf-8")
    if "policy = " not in named:
        settings.write_text(named + 'policy = "witnesses.policy"\n', encoding="utf-8")


@contextlib.contextmanager
def neighbour(terminal: Terminal, folder: Path) -> Iterator[Neighbour]:
    """Run a witness that knows the terminal's log."""
    keys = [parse_vkey(vkey) for vkey in log_vkeys(terminal)]
    with operated(folder, logs=keys) as witness, listening(witness.app) as (url, _):
        yield Neighbour(url, witness)
