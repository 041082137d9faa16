"""Declarations (323): every line checked, booked or refused with its code, and answered (325)."""
