"""What a municipality itself decides about how the rules work out, each value by a decision."""
