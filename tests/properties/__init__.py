"""Laws of the books and of money, tried on invented input and against a plain model."""
