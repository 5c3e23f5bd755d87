"""The transcription service: audio streamed in, segments with word timings out."""
