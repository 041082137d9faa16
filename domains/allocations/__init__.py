"""Allocations (toewijzingen): what a provider may deliver to a person, given out by a 301."""
