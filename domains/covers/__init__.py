"""Standing in for a colleague: for a time, somebody helps the families that another leads."""
