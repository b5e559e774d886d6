"""`make run`: the window where there is a display, the demo where there is none."""

import sys

from metagui.__main__ import main
from metagui.gui.display import has_screen

if not has_screen():
    print("There is no display: running the demo on an offscreen one. Its pictures go to metagui-demo/.")
sys.exit(main([] if has_screen() else ["demo", "--pictures", "metagui-demo"]))
