"""A witness in a process of its own: decides about each request on stdin (one line of hex) and says the status.

Told to die, it ends after it has stored and before it has answered.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from archive.log.witness_server import Witness
from archive.log.witness_store import WitnessStore
from support.logs import KEYS, TIME
from support.witnesses import WITNESS_KEYS

DIED = 77


def main(path: str, *flags: str) -> None:
    def report(line: str) -> None:
        if "die" in flags and line.startswith("cosigned"):
            os._exit(DIED)

    store = WitnessStore(Path(path))
    witness = Witness(store, keys=WITNESS_KEYS, logs=KEYS.both, clock=lambda: TIME, report=report)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        reply = witness.add_checkpoint(bytes.fromhex(line))
        sys.stdout.write(f"{reply.status.value}\n")
        sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
