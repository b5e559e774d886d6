"""Images → episodes. Imports neither `metagui.learn` nor `metagui.gui`."""
