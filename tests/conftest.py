"""What all tests share: a home of their own, and Omniglot where it is at hand."""

import gc
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from filelock import FileLock
from hypothesis import HealthCheck, settings
from PIL import Image

from metagui.data.characters import CharacterSet
from metagui.data.omniglot import import_omniglot, load_omniglot
from metagui.data.preparation import result
from metagui.data.strokes import load_strokes

# How long an example takes says more of the machine than of the code.
settings.register_profile("metagui", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("metagui")

# The tests' tasks are small: more threads wait for one another longer than they work.
torch.set_num_threads(1)
os.environ["OMP_NUM_THREADS"] = "1"  # and of the processes that tests start


def pytest_collection_finish() -> None:
    """What the imports have made stays: each collection of a test's garbage would look through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def metagui_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty METAGUI_HOME: no test sees or changes what the user has."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("METAGUI_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def omniglot_archives() -> Path:
    """The folder of images_background.zip, images_evaluation.zip and strokes_background_small1.zip."""
    beside = Path(__file__).parents[2] / "shared" / "omniglot"
    folder = Path(os.environ.get("METAGUI_OMNIGLOT") or beside)
    if not (folder / "images_background.zip").is_file():
        pytest.skip("the Omniglot archives are not here (set METAGUI_OMNIGLOT)")
    return folder


def home_with(name: str, prepare: Callable[[], object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A METAGUI_HOME that `prepare` has filled, once for all tests and all processes that run them."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # what the workers have in common
    home, done = folder / name, folder / f"{name}-is-done"
    with FileLock(folder / f"{name}.lock"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("METAGUI_HOME", str(home))
        if not done.exists():
            prepare()
            done.touch()
    return home


@pytest.fixture(scope="session")
def omniglot_home(omniglot_archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A METAGUI_HOME into which Omniglot has been imported."""
    return home_with("omniglot", lambda: result(import_omniglot(omniglot_archives)), tmp_path_factory)


@pytest.fixture
def strokes_at_hand(metagui_home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The procedural characters are drawn already, which takes ten seconds."""
    drawn = home_with("strokes", lambda: result(load_strokes()), tmp_path_factory)
    shutil.copytree(drawn, metagui_home, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def omniglot(omniglot_home: Path) -> CharacterSet:
    """All 1623 characters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METAGUI_HOME", str(omniglot_home))
        return load_omniglot()


def save_as_folder(characters: CharacterSet, folder: Path, side: int = 28) -> Path:
    """The characters as an image folder, which is ready at once where drawing the set of strokes takes a while."""
    for index, name in enumerate(characters.names):
        place = folder / name.replace("/", "-")
        place.mkdir(parents=True)
        for number, image in enumerate(characters.images_of(index)):
            Image.fromarray(255 - image.numpy()).resize((side, side)).save(place / f"{number}.png")
    return folder
