import os
import subprocess
import sys
from pathlib import Path

import pytest

from metagui.data.errors import InputError
from metagui.data.places import free_place, places_left_behind


def test_each_has_a_place_of_its_own_and_what_is_left_behind_keeps_its_own(tmp_path: Path) -> None:
    one, other = free_place(tmp_path, ".x"), free_place(tmp_path, ".x")
    assert one.path != other.path
    one.path.write_text("left")
    one.release()
    assert free_place(tmp_path, ".x").path not in (one.path, other.path)


def test_a_place_that_was_given_up_is_free_again(tmp_path: Path) -> None:
    place = free_place(tmp_path, ".x")
    place.release()
    assert free_place(tmp_path, ".x").path == place.path


def test_only_what_nobody_holds_is_left_behind_and_one_alone_finds_it(tmp_path: Path) -> None:
    places = [free_place(tmp_path, ".x") for _ in range(3)]
    for age, place in enumerate(places):
        place.path.write_text("")
        os.utime(place.path, (1000 - age, 1000 - age))
    assert places_left_behind(tmp_path, ".x") == []
    places[0].release()
    places[1].release()
    found = places_left_behind(tmp_path, ".x")
    assert [place.path for place in found] == [places[0].path, places[1].path]  # the newest first
    assert places_left_behind(tmp_path, ".x") == []
    found[0].release()
    assert [place.path for place in places_left_behind(tmp_path, ".x")] == [places[0].path]


def test_nothing_is_left_behind_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert places_left_behind(tmp_path / "none", ".x") == []


def test_a_process_that_is_killed_gives_its_place_back(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from metagui.data.places import free_place;"
        "place = free_place(Path(sys.argv[1]), '.x'); place.path.write_text('kept');"
        "print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert places_left_behind(tmp_path, ".x") == []
        process.kill()
    assert [place.path.read_text() for place in places_left_behind(tmp_path, ".x")] == ["kept"]


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Could not use the folder"):
        free_place(tmp_path / "file", ".x")
