"""How fast is it, against what? One script a row of the targets; no test, and nothing here fails CI."""
