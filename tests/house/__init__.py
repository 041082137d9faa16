"""Tests of the project itself: its files, words and documents."""
