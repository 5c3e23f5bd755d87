"""What both sides of the wire agree on beyond the messages."""
