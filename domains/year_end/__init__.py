"""The end of a year (jaarafsluiting): what blocks it, what lapses, and what goes to the next."""
