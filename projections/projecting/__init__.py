"""How the views' file is made: its schema, its rows, folding streams, spreading that over processes, comparing."""
