"""Where an entry comes from: the decision, the file or the message behind a figure."""
