"""The house has three floors, and nobody reaches up: data ← learn ← gui ← __main__."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "metagui"
FORBIDDEN = {
    "data": ("metagui.learn", "metagui.gui", "metagui.commands", "metagui.cli", "PySide6", "pyqtgraph"),
    "learn": ("metagui.gui", "metagui.commands", "metagui.cli", "PySide6", "pyqtgraph"),
    "commands": ("metagui.gui", "metagui.cli", "PySide6", "pyqtgraph"),
    "gui": ("metagui.commands", "metagui.cli", "metagui.__main__"),
}


def imported(file: Path) -> set[str]:
    """Every module that a file imports, within functions too."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("floor", FORBIDDEN)
def test_no_floor_imports_one_above(floor):
    files = sorted((PACKAGE / floor).glob("*.py"))
    assert files
    for file in files:
        reached = [name for name in imported(file) if name.startswith(FORBIDDEN[floor])]
        assert not reached, f"{file.name} imports {reached}"


def test_learning_loads_no_qt_no_torchvision_no_scipy_and_no_compiler():
    script = (
        "import sys, metagui.cli, metagui.learn.training; "
        "heavy = 'PySide6', 'pyqtgraph', 'torchvision', 'scipy', 'numba', 'llvmlite'; "
        "print([name for name in sys.modules if name.split('.')[0] in heavy])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
