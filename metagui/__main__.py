"""`metagui` and `python -m metagui`: a command, or the window where there is none."""

import io
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; its exit code. `arguments` are those after the program's name, by default the process's own."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file's name may be more than the terminal can show
    on_interrupt = signal.signal(signal.SIGINT, _end)
    # Before torch is there, whose OpenMP reads it once. After an operation torch's threads would keep their cores busy
    # for a while, waiting for the next one, and the engine's own threads would get only what they leave.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        # Torch before Qt, and on the main thread: since torch 2.9 Windows fails otherwise.
        from metagui import cli
        from metagui.learn.memory import keep_freed_memory

        keep_freed_memory()
        parsed = cli.parse(arguments)
        if parsed.command not in (None, "demo", "open"):
            signal.signal(signal.SIGINT, on_interrupt)
            return cli.run(parsed)

        from metagui.gui import display

        if parsed.command == "demo":
            display.use_offscreen_without_screen()
        if problem := display.problem():
            print(f"metagui: {problem}", file=sys.stderr)
            return 2
        from metagui.gui import application

        if parsed.command == "demo":
            return application.show_demo(parsed.pictures)
        return application.show_window(parsed.session if parsed.command == "open" else None)
    finally:
        signal.signal(signal.SIGINT, on_interrupt)


def _end(number: int, frame: FrameType | None) -> None:
    """Ctrl-C while there is nothing to save yet: an exception would surface in the midst of an import, or be lost."""
    os._exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
