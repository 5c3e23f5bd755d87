"""From written text to words that can be spoken: reading, number words, sentences."""
