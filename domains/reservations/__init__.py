"""Reservations (verplichtingen): what happens with help between its grant and its last delivery."""
