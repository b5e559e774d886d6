"""`metagui` and `python -m metagui`: a command, or the window where there is none."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; its exit code. `arguments` are those after the program's name, by default the process's own."""
    # Torch before Qt, and on the main thread: since torch 2.9 Windows fails otherwise.
    from metagui import cli

    parsed = cli.parser().parse_args(arguments)
    if parsed.command not in (None, "demo"):
        return cli.run(parsed)

    from metagui.gui import display

    if parsed.command == "demo":
        display.use_offscreen_without_screen()
    if problem := display.problem():
        print(f"metagui: {problem}", file=sys.stderr)
        return 2
    from metagui.gui import application

    return application.show_demo(parsed.pictures) if parsed.command == "demo" else application.show_window()


if __name__ == "__main__":
    sys.exit(main())
