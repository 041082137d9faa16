"""Changes of the council's budget (begrotingswijzigingen): drafted, made again, adopted."""
