"""Who pays in the end: the rules by table, and the steps on real books."""
