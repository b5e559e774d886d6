import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from PySide6.QtGui import QFontDatabase, QFontMetrics
from PySide6.QtWidgets import QApplication
from metagui.gui.fonts import ensure_font
app = QApplication([])
ensure_font()
metrics = QFontMetrics(app.font())
print(app.font().family(), metrics.horizontalAdvance("W") > metrics.horizontalAdvance("i"))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have fonts")
def test_where_there_is_no_font_the_program_brings_its_own(tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text("<fontconfig><dir>/nowhere</dir></fontconfig>")
    environment = {**os.environ, "FONTCONFIG_FILE": str(config), "QT_QPA_PLATFORM": "offscreen"}
    run = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "DejaVu Sans True"
