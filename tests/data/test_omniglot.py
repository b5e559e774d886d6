import hashlib
import io
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from metagui.data import omniglot as module
from metagui.data.archives import open_files
from metagui.data.characters import CharacterSet
from metagui.data.errors import InputError
from metagui.data.files import cache_folder
from metagui.data.glyph import GlyphSettings, glyph_of_ink
from metagui.data.omniglot import (
    BACKGROUND_CHARACTERS,
    PARTS,
    download_omniglot,
    import_omniglot,
    load_omniglot,
    omniglot_is_ready,
)
from metagui.data.pictures import decode_picture
from metagui.data.preparation import Preparation, result

Members = dict[str, bytes]
TINY = {"images_background": {"Greek": 2, "Latin": 1}, "images_evaluation": {"Tibetan": 3}}
CHARACTERS = ["Greek/character01", "Greek/character02", "Latin/character01"]
CHARACTERS += [f"Tibetan/character0{number}" for number in (1, 2, 3)]


def png(size: int = 105, column: int = 50, ground: bool = True) -> bytes:
    """A 1-bit PNG with a vertical line."""
    pixels = np.full((size, size), ground)
    pixels[20:-20, column : column + 5] = not ground
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def official() -> type:
    from torchvision.datasets import Omniglot  # takes seconds, which only a process that needs it should spend

    return Omniglot


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> dict[str, Members]:
    """The files of each part of an Omniglot of six characters; drawing n of character c has its line at 10·c + n."""
    monkeypatch.setattr(module, "PARTS", TINY)
    parts: dict[str, Members] = {part: {} for part in TINY}
    for number, character in enumerate(CHARACTERS):
        members = parts["images_background" if number < 3 else "images_evaluation"]
        for drawer in range(1, 21):
            members[f"{character}/{number + 1032:04}_{drawer:02}.png"] = png(column=10 * number + drawer)
    return parts


def packed(folder: Path, parts: dict[str, Members], top: str = "{part}/") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for part, members in parts.items():
        with zipfile.ZipFile(folder / f"{part}.zip", "w") as archive:
            for name, content in members.items():
                archive.writestr(top.format(part=part) + name, content)
    return folder


def extracted(folder: Path, parts: dict[str, Members]) -> Path:
    for part, members in parts.items():
        for name, content in members.items():
            path = folder / part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return folder


def imported(source: Path) -> CharacterSet:
    characters = result(import_omniglot(source))
    loaded = load_omniglot()
    assert torch.equal(characters.images, loaded.images)
    return loaded


def refusal(source: Path) -> str:
    """What a user is told of this source, in one line; nothing is left behind."""
    with pytest.raises(InputError) as caught:
        list(import_omniglot(source))
    assert not cache_folder().exists()
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestRealArchives:
    def test_all_characters_are_there_background_first(self, omniglot: CharacterSet) -> None:
        assert omniglot.images.shape == (1623 * 20, 28, 28)
        assert omniglot.counts.tolist() == [20] * 1623
        background, evaluation = omniglot.names[:BACKGROUND_CHARACTERS], omniglot.names[BACKGROUND_CHARACTERS:]
        assert (background[0], background[-1]) == ("Alphabet_of_the_Magi/character01", "Tifinagh/character55")
        assert (evaluation[0], evaluation[-1]) == ("Angelic/character01", "ULOG/character26")
        assert list(background) == sorted(background)
        assert list(evaluation) == sorted(evaluation)

    def test_each_image_is_the_glyph_of_its_file(self, omniglot: CharacterSet, omniglot_archives: Path) -> None:
        with open_files(omniglot_archives / "images_evaluation.zip") as files:
            for index in range(0, len(files.names), 997):
                name = files.names[index]
                assert omniglot.names[BACKGROUND_CHARACTERS + index // 20] in name
                expected = glyph_of_ink(decode_picture(files.read(name), name) < 128)[0]
                stored = omniglot.images[BACKGROUND_CHARACTERS * 20 + index].numpy() / 255
                assert np.abs(stored - expected).max() < 1e-6

    def test_ink_is_light_and_as_plentiful_as_measured(self, omniglot: CharacterSet) -> None:
        assert omniglot.images.float().mean() / 255 == pytest.approx(0.08, abs=0.01)


class TestSources:
    @pytest.fixture(params=["archives", "one archive", "flat", "twice", "extracted", "within", "torchvision", "macos"])
    def source(self, request: pytest.FixtureRequest, tmp_path: Path, tiny: dict[str, Members]) -> Path:
        ways: dict[str, Callable[[], Path]] = {
            "archives": lambda: packed(tmp_path, tiny),
            "one archive": lambda: packed(tmp_path, tiny) / "images_evaluation.zip",
            "flat": lambda: packed(tmp_path, tiny, top=""),
            "twice": lambda: packed(tmp_path, tiny, top="{part}/{part}/"),
            "extracted": lambda: extracted(tmp_path, tiny),
            "within": lambda: extracted(tmp_path, tiny) / "images_background",
            "torchvision": lambda: extracted(tmp_path / "omniglot-py", tiny).parent,
            "macos": lambda: extracted(
                tmp_path,
                {
                    part: {".DS_Store": b"-", "Greek/.DS_Store": b"-", "__MACOSX/Greek/character01/._1_01.png": b"-"}
                    | {f"{part}/{name}": content for name, content in members.items()}
                    for part, members in tiny.items()
                },
            ),
        }
        return ways[request.param]()

    def test_every_usual_layout_is_understood(self, source: Path) -> None:
        characters = imported(source)
        assert characters.names == tuple(CHARACTERS)
        assert characters.images.shape == (120, 28, 28)
        images = characters.images.numpy().astype(float)
        columns = (images.sum(1) @ np.arange(28) / images.sum((1, 2))).reshape(6, 20)
        assert (np.diff(columns, axis=1) > 0).all()  # drawers in order
        assert (np.diff(columns[:, 0]) > 0).all()  # characters in order

    def test_progress_runs_from_nothing_to_all(
        self, tmp_path: Path, tiny: dict[str, Members], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_STRIDE", 50)
        events = list(import_omniglot(packed(tmp_path, tiny)))
        assert events == [Preparation(0, 1, "Looking at the files")] + [
            Preparation(done, 120, "Importing Omniglot") for done in (0, 50, 100, 120)
        ]

    def test_a_place_that_is_not_there(self, tmp_path: Path) -> None:
        assert refusal(tmp_path / "none") == f"There is no {tmp_path / 'none'}."

    def test_an_archive_without_the_other(self, tmp_path: Path, tiny: dict[str, Members]) -> None:
        source = packed(tmp_path, {"images_background": tiny["images_background"]}) / "images_background.zip"
        assert "holds neither images_evaluation.zip nor a folder images_evaluation" in refusal(source)

    def test_a_broken_archive(self, tmp_path: Path, tiny: dict[str, Members]) -> None:
        broken = packed(tmp_path, tiny) / "images_evaluation.zip"
        broken.write_bytes(broken.read_bytes()[:-500])
        assert "images_evaluation.zip is not a zip archive" in refusal(tmp_path)


class TestMissingFiles:
    def test_one_image(self, tmp_path: Path, tiny: dict[str, Members]) -> None:
        del tiny["images_evaluation"]["Tibetan/character03/1037_07.png"]
        told = "images_evaluation: Tibetan/character03 has 19 of 20 images: 1037_07.png is missing. "
        assert refusal(packed(tmp_path, tiny)).startswith(told)

    def test_several_images(self, tmp_path: Path, tiny: dict[str, Members]) -> None:
        for drawer in "02", "05", "19", "20":
            del tiny["images_background"][f"Greek/character01/1032_{drawer}.png"]
        told = "Greek/character01 has 16 of 20 images: 1032_02.png, 1032_05.png, 1032_19.png, … are missing. "
        assert told in refusal(packed(tmp_path, tiny))

    def test_characters(self, tmp_path: Path, tiny: dict[str, Members]) -> None:
        members = {name: content for name, content in tiny["images_evaluation"].items() if "character02" not in name}
        told = "images_evaluation: Tibetan/character02 is missing. "
        assert refusal(packed(tmp_path, tiny | {"images_evaluation": members})).startswith(told)

    def test_most_characters(self, tmp_path: Path, tiny: dict[str, Members], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "PARTS", PARTS)
        told = (
            "images_background: Alphabet_of_the_Magi/character01 is missing; Alphabet_of_the_Magi/character02 is "
            "missing; Alphabet_of_the_Magi/character03 is missing; 958 more characters like this. "
        )
        assert refusal(packed(tmp_path, tiny)).startswith(told)

    def test_images_that_are_too_many(self, tmp_path: Path, tiny: dict[str, Members]) -> None:
        tiny["images_background"]["Greek/character01/0001_01.png"] = png()
        assert "Greek/character01 has 21 images, not 20. " in refusal(packed(tmp_path, tiny))

    def test_characters_of_another_data_set(self, tmp_path: Path, tiny: dict[str, Members]) -> None:
        tiny["images_background"]["Klingon/character01/0001_01.png"] = png()
        assert "Klingon/character01 is none of Omniglot's characters. " in refusal(packed(tmp_path, tiny))

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (png(size=28, column=14), "has 28×28 pixels; Omniglot's images have 105×105."),
            (png(ground=False), "is blank or inverted"),
            (png(column=110), "is blank or inverted"),
            (png()[:60], "is damaged"),
            (b"", "is empty, damaged or not a picture"),
        ],
        ids=["small", "inverted", "blank", "truncated", "empty"],
    )
    def test_images_that_are_none_of_omniglots(
        self, tmp_path: Path, tiny: dict[str, Members], content: bytes, told: str
    ) -> None:
        tiny["images_evaluation"]["Tibetan/character02/1036_09.png"] = content
        message = refusal(packed(tmp_path, tiny))
        assert f"{tmp_path / 'images_evaluation.zip'}: images_evaluation/Tibetan/character02/1036_09.png" in message
        assert told in message

    def test_the_table_of_alphabets_is_omniglots(self, official: type) -> None:
        totals = [sum(alphabets.values()) for alphabets in PARTS.values()]
        assert totals == [BACKGROUND_CHARACTERS, 659]
        assert list(PARTS) == list(official.zips_md5)
        assert all(list(alphabets) == sorted(alphabets) for alphabets in PARTS.values())


class TestCache:
    def test_before_the_import_the_user_is_told_what_to_do(self) -> None:
        assert not omniglot_is_ready()
        with pytest.raises(InputError, match=r"choose Data → .* or run `metagui data omniglot` .*--from PATH"):
            load_omniglot()

    def test_after_the_import_it_is_ready_and_loads_at_once(self, tmp_path: Path, tiny: dict[str, Members]) -> None:
        list(import_omniglot(packed(tmp_path, tiny)))
        assert omniglot_is_ready()
        start = time.thread_time()  # not of what else runs on this machine
        load_omniglot()
        assert time.thread_time() - start < 0.3

    def test_a_damaged_one_is_to_be_imported_again(self) -> None:
        cache_folder().mkdir()
        (cache_folder() / "omniglot-1-lanczos.safetensors").write_bytes(b"cut short")
        with pytest.raises(InputError, match="Import or download Omniglot again"):
            load_omniglot()

    def test_each_filter_has_its_own_cache(self, tmp_path: Path, tiny: dict[str, Members]) -> None:
        nearest = GlyphSettings(filter="nearest")
        list(import_omniglot(packed(tmp_path, tiny), nearest))
        assert omniglot_is_ready(nearest)
        assert not omniglot_is_ready()
        assert set(load_omniglot(nearest).images.unique().tolist()) == {0, 255}

    @pytest.mark.parametrize("steps", [1, 2, 3])
    def test_cancel_leaves_nothing_behind(self, tmp_path: Path, tiny: dict[str, Members], steps: int) -> None:
        progress = import_omniglot(packed(tmp_path, tiny))
        for _ in range(steps):
            next(progress)
        progress.close()
        assert not cache_folder().exists()


class Server:
    """An HTTP server on this machine that stands for the one torchvision names."""

    def __init__(self, folder: Path) -> None:
        handler = partial(SilentHandler, directory=str(folder))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> "Server":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class SilentHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class TestDownload:
    @pytest.fixture
    def folder(
        self, tmp_path: Path, tiny: dict[str, Members], official: type, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Path]:
        """What the server offers: change it before the download to see it fail."""
        folder = packed(tmp_path / "server", tiny)
        sums = {part: hashlib.md5((folder / f"{part}.zip").read_bytes()).hexdigest() for part in tiny}
        monkeypatch.setattr(official, "zips_md5", sums)
        (tmp_path / "temporary").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
        with Server(folder) as server:
            monkeypatch.setattr(official, "download_url_prefix", server.url)
            yield folder
        assert not list((tmp_path / "temporary").iterdir())

    def refusal(self) -> str:
        with pytest.raises(
            InputError, match=r"^Could not download http.*; try again, or import .* --from PATH`\.$"
        ) as e:
            list(download_omniglot())
        assert not omniglot_is_ready()
        return str(e.value)

    def test_fetches_both_archives_and_imports_them(self, folder: Path) -> None:
        events = list(download_omniglot())
        assert list(dict.fromkeys(event.what for event in events)) == [
            "Starting the download",
            "Downloading images_background.zip",
            "Downloading images_evaluation.zip",
            "Looking at the files",
            "Importing Omniglot",
        ]
        for archive in folder.glob("*.zip"):
            assert [event for event in events if archive.name in event.what][-1].done == archive.stat().st_size
        assert all(event.done <= event.total for event in events)
        assert load_omniglot().names == tuple(CHARACTERS)

    def test_cancel_leaves_nothing_behind(self, folder: Path) -> None:
        progress = download_omniglot()
        while not next(progress).what.startswith("Downloading images_evaluation"):
            pass
        progress.close()
        assert not cache_folder().exists()

    def test_an_archive_that_is_not_there(self, folder: Path) -> None:
        (folder / "images_evaluation.zip").unlink()
        assert "images_evaluation.zip: File not found;" in self.refusal()

    def test_an_archive_that_arrives_damaged(self, folder: Path) -> None:
        with (folder / "images_background.zip").open("ab") as file:
            file.write(b"-")
        assert "what arrived is not that archive, or not all of it" in self.refusal()

    def test_no_network(self, folder: Path, official: type, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        monkeypatch.setattr(official, "download_url_prefix", f"http://127.0.0.1:{port}")
        assert "refused" in self.refusal()

    def test_a_server_that_does_not_answer(self, folder: Path, official: type, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_TIMEOUT", 0.2)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            monkeypatch.setattr(official, "download_url_prefix", f"http://127.0.0.1:{silent.getsockname()[1]}")
            assert "timed out" in self.refusal()
