"""How the illustrator is made: scenes → pictures → autoencoder → transformer → few steps → figures.

Run it as `python -m models.illustrator.training`. Nothing outside this package imports it; it may
import torch and diffusers, which the orchestrator never does.
"""
