"""How the illustrator is made: scenes → pictures → autoencoder → transformer → few steps → figures.

Run it as `python -m models.illustrator.training`. Nothing that serves imports it (the composer's
measures, `models.illustrator.evaluate`, borrow its scenes and captions); it may import torch and
diffusers, which the orchestrator never does.
"""
