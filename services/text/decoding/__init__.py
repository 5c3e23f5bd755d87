"""Decoding on this machine: rows of one batch, sampling, tokens to text, stop sequences.

`batch` drives the others. None of it knows cards, gRPC or where weights come from.
"""
