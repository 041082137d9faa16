"""Privacy: why somebody looks at a family, and how long it is known who that family is."""
