from pathlib import Path

from metagui.gui.settings import last_folder, remember_folder, settings


def test_the_last_folder_is_remembered_within_the_home_of_the_program(metagui_home: Path, tmp_path: Path) -> None:
    assert last_folder("pictures") == str(Path.home())
    remember_folder("pictures", tmp_path / "a.png")
    settings().sync()
    assert last_folder("pictures") == str(tmp_path)
    assert last_folder("checkpoints") == str(Path.home())
    assert (metagui_home / "window.ini").is_file()


def test_a_folder_that_is_gone_is_not_offered(tmp_path: Path) -> None:
    remember_folder("pictures", tmp_path / "gone" / "a.png")
    assert last_folder("pictures") == str(Path.home())
