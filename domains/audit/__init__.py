"""The audit log: every change and every refusal, each line chained to the one before it."""
