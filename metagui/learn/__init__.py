"""Episodes → learner → events. Imports `metagui.data` and never Qt."""
