"""The text service: chat messages in, streamed tokens out."""
