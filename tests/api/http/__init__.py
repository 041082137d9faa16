"""The HTTP interface, asked through the application itself, on a real PostgreSQL."""
