"""What an archive gets as xdomea: flat ZIP files with one message each, for the offer (0501) and the handover (0503).

Promises: the messages of every version are made by one builder and valid against the official schemas; codes are those
of the official lists; free text goes through as it was recorded; ids are the same for the same thing in every message;
what is mandatory and not recorded is listed before anything is written, and never made up. The same edition and order
give the same bytes. Whatever is read is measured before it is opened.

May not come in: schemas and code lists of others (they are read where the user keeps them), and what belongs into the
evidence alone: a receiving tool prunes and rewrites the message, so nothing rests on its bytes.
"""

from projections.export.xdomea.cases import has_cases
from projections.export.xdomea.checks import Problem, check_container
from projections.export.xdomea.export import containers, missing
from projections.export.xdomea.order import Missing, Order, Rendered
from projections.export.xdomea.reading import ReadMessage, read_message

__all__ = [
    "Missing",
    "Order",
    "Problem",
    "ReadMessage",
    "Rendered",
    "check_container",
    "containers",
    "has_cases",
    "missing",
    "read_message",
]
