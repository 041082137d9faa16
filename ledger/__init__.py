"""The books: accounts, colours, cents, booking periods and a hash chain, and no law."""
