"""Speed of the books as ratios to what this machine's PostgreSQL can do at best, side by side."""
