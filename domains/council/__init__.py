"""What the municipality spends that only the council can make right."""
