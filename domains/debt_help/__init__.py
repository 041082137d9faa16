"""Debt help of other systems (DDAS 1.0): that help began for a person on a day, without money."""
