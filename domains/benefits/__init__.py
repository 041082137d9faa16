"""What help in one domain saves in another: estimated, attributed and shown with its doubt."""
