"""What waits for somebody, told from everything else; nothing of it is kept."""
