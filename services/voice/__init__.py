"""The voice service: text in, streamed speech with the time of every word out."""
