"""What tests share: servers and databases, a plain model of the books, makers of requests."""
