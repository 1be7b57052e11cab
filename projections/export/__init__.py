"""What goes out: the record for an archive, a court, the public, as documents that outlive Ratsbuch.

Promises: every export but the renderings carries the signed events as they are; what a reader is given to read is a
function of what the export carries, so that verification can make it again and compare; the same state and the same
terms give the same bytes; nothing half-written ever lies under the final name.

May not come in: writing to the archive (handing over is recorded by `custody`), clocks and random sources, and what
only one format needs outside of that format's own room.
"""
