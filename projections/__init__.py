"""What do the facts add up to, for this reader?

Holds: what readers see, computed from recorded events: the state of a proposal today, on a day, or as it was
recorded then, its history, and whether the declared result follows from the count (de: Rechenprobe).

Promises: everything here can be deleted and comes back from the events alone. A view says which of the four kinds of
nothing it shows (not mentioned, left blank, stated as none, withheld) and never fills a gap with a default.

May not come in: writing to the archive, a rule that refuses a fact (that is the domain's), a clock or an environment
read here (`cli` makes them and passes them in), click and rich.
"""
