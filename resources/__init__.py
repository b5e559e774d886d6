"""What comes with the program: sample drawings, checkpoints, fonts; read through `importlib.resources`."""
