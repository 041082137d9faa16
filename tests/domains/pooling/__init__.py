"""Moving money between the council, the districts and the families, on real books."""
