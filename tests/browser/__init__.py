"""The pages in a real browser, against a server on the shared database."""
