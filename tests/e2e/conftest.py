"""The window's fixtures, for what a user does with it."""

from tests.gui.conftest import no_leaked_window, pytest_collection_modifyitems, qapp_cls

__all__ = ["no_leaked_window", "pytest_collection_modifyitems", "qapp_cls"]
