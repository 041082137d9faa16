"""Providers (aanbieders): who delivers help, by which contract, at which tariff."""
