"""From nothing to the newest step, and what a migration may never do."""
