"""How heavy the problems of a family were on a day, as somebody measured it."""
