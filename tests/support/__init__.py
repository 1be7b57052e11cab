"""Code that tests share; imported as `support.x`."""
