"""metagui: see a neural network learn to learn."""

__version__ = "0.1.0"
