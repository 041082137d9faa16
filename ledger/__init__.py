"""The books: a double-entry kernel of accounts, colours, cents, periods and a hash chain, and no law."""
