"""What a municipality may set, and which value holds on which day."""
