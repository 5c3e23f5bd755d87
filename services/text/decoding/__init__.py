"""Decoding on this machine: rows of one batch, sampling, tokens to text, stop sequences, threads.

`batch` drives the others. None of it knows cards, gRPC or where weights come from.
"""
