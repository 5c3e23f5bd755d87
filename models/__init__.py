"""The library: model cards, their weights (fetched and verified), and device placement.

It does not know engines, services or gRPC, and imports no deep learning library.
"""
