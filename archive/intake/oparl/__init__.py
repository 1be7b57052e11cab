"""What does a council information system show, and what changed since it was last looked at? (OParl 1.0 and 1.1).

One source object becomes one command file: first that it was observed (with the object itself as a document), then
what it states. Promises: an object whose form was seen before gives nothing; the order in which a source shows its
objects, and over how many runs it is spread, makes no difference to what is recorded in the end; nothing of a
source's JSON stands in an event but texts, dates, counts and ids that were read out of it by name; nothing is
refused because it is odd.

What may not come in: writing to the archive, keys, a clock, or a request to any host but the source's own.
"""
