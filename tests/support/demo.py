"""The demo register for tests: the example files recorded one a day, with a fixed clock and seeded chance."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from archive import examples
from archive.archive import Archive, Means
from archive.genesis import Opening, create
from archive.intake.commands import read_path
from archive.keys import KeyFolder
from domain.events import RuleSetAdopted
from domain.rules import PRESETS
from domain.vocabulary import BodyKind
from support.archives import Clock, Made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY_SECONDS = 86_400


def demo_steps(folder: Path) -> Iterator[tuple[Archive, str]]:
    """Record the example files one after the other; gives the open archive after each, with the file's name.

    Before the first file the archive is given with an empty name. The caller has used it up by the next step.
    """
    clock = Clock()
    means = Means(clock=clock, random=random.Random(640).randbytes)
    keys = KeyFolder(folder / "keys", passphrase=None, random=means.random)
    preset = PRESETS[examples.RULES]
    rules = RuleSetAdopted(name=preset.name, preset=preset.key, valid_from=preset.valid_from, rules=preset.rules)
    opening = Opening(name=examples.NAME, kind=BodyKind(examples.KIND), rule_set=rules, example=True)
    with create(folder / "archive", opening, means=means, keys=lambda _: keys) as archive:
        person = next(signer.person for signer in archive.trust.signers())
        signer = Made(folder / "archive", folder / "keys", means, person).signer()
        yield archive, ""
        for path in examples.files():
            clock.tick(DAY_SECONDS)
            batch = read_path(path, directory=archive, new_id=means.new_id, documents=examples.documents())
            archive.record(batch, signer=signer)
            yield archive, path.name


def demo_archive(folder: Path) -> Made:
    """Record all of the demo register and give where it lies; the clock stands at the last recording."""
    *_, (means, person) = (
        (archive.means, next(signer.person for signer in archive.trust.signers())) for archive, _ in demo_steps(folder)
    )
    return Made(folder / "archive", folder / "keys", means, person)
