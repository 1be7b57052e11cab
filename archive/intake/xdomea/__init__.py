"""What an archive answers (xdomea 3.0.0, 3.1.0, 4.0.0): read from its message, and recorded where it was offered to.

Promises: a message is looked at whole, in bounds, without entities and without network; what it says about records that
nobody offered, or leaves unsaid, is named, and then nothing of it is recorded.

May not come in: the messages that go out (`projections.export`), and any opinion about whether an answer is genuine. A
message is not signed; who takes it in vouches for where it came from.
"""

from __future__ import annotations

from archive.intake.xdomea.answer import Answer, read_answer
from archive.intake.xdomea.message import Message, read_message

__all__ = ["Answer", "Message", "read_answer", "read_message"]
