"""The recorded walk of one euro: from the council to a family, step by step, in the real books."""
