"""The commands that need no window, one a module: `add_options` declares it, its `run` does it."""
