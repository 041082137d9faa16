"""Netting (verrekening): what funds owe each other, cleared by one amount per pair."""
