"""Districts and the keys by which money is divided over them."""
