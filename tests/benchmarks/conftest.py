"""The window, for what is measured on it."""

from tests.e2e.conftest import no_leaked_window, pytest_collection_modifyitems, qapp_cls, window

__all__ = ["no_leaked_window", "pytest_collection_modifyitems", "qapp_cls", "window"]
