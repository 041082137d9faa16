"""Districts (wijken): where a district budget belongs."""
