"""Pages for people: signing in, sessions, and what every page shares."""
