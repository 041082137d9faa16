"""The books and their kernel."""
