import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from metagui.data import archives
from metagui.data.archives import open_files
from metagui.data.errors import InputError


def pack(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def read_all(path: Path) -> list[bytes]:
    with open_files(path) as files:
        return [files.read(name) for name in files.names]


def refusal(path: Path) -> str:
    """What a user is told of this archive: one line that names it."""
    with pytest.raises(InputError) as caught:
        read_all(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


MEMBERS = {
    "b/2.txt": b"two",
    "a/1.txt": b"one",
    ".DS_Store": b"-",
    "a/.hidden/x": b"-",
    "__MACOSX/a/1.txt": b"-",
}


def test_an_archive_and_a_folder_read_alike(tmp_path: Path) -> None:
    for name, content in MEMBERS.items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(content)
    for place in tmp_path / "folder", pack(tmp_path / "archive.zip", {"a/": b"", **MEMBERS}):
        with open_files(place) as files:
            assert files.names == ("a/1.txt", "b/2.txt")
            assert [files.read(name) for name in files.names] == [b"one", b"two"]


def test_names_written_with_backslashes_are_understood(tmp_path: Path) -> None:
    with open_files(pack(tmp_path / "windows.zip", {"a\\1.txt": b"one"})) as files:
        assert files.names == ("a/1.txt",)
        assert files.read("a/1.txt") == b"one"


@pytest.mark.parametrize("name", ["/etc/passwd", "//server/share", "\\etc\\passwd", "C:/x", "c:x"])
def test_absolute_names_are_refused(tmp_path: Path, name: str) -> None:
    assert "has an absolute name" in refusal(pack(tmp_path / "evil.zip", {"good": b"", name: b"x"}))


@pytest.mark.parametrize("name", ["../x", "a/../../x", "..\\x", "a/.."])
def test_names_that_lead_upwards_are_refused(tmp_path: Path, name: str) -> None:
    assert "leads out of the archive" in refusal(pack(tmp_path / "evil.zip", {name: b"x"}))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        member = zipfile.ZipInfo("link")
        member.external_attr = (kind | 0o777) << 16
        archive.writestr(member, "/etc/passwd")
    assert "is a link or no plain file" in refusal(tmp_path / "evil.zip")


@pytest.mark.parametrize("again", ["a/x", "a\\x"])
def test_duplicate_names_are_refused(tmp_path: Path, again: str) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("a/x", "one")
        if again == "a/x":
            with pytest.warns(UserWarning, match="Duplicate name"):
                archive.writestr(again, "two")
        else:
            archive.writestr(again, "two")
    assert "is there twice" in refusal(tmp_path / "evil.zip")


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "locked.zip", {"x": b"secret"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "its member 'x' is encrypted" in refusal(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_could_overrun_its_declared_size_is_refused(tmp_path: Path, method: int) -> None:
    assert "unusual way" in refusal(pack(tmp_path / "odd.zip", {"x": b"x"}, method))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    assert "zip bomb" in refusal(pack(tmp_path / "bomb.zip", {"x": bytes(10**6)}))


@pytest.mark.parametrize(("limit", "most", "told"), [("MOST_MEMBERS", 1, "at most 1"), ("MOST_BYTES", 10, "larger")])
def test_archives_too_large_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int, told: str
) -> None:
    path = pack(tmp_path / "large.zip", {"x": b"1", "y": b"2"})
    monkeypatch.setattr(archives, limit, most)
    assert told in refusal(path)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pack(tmp_path / "large.zip", {"x": bytes(5000)})
    monkeypatch.setattr(archives, "MOST_BYTES", 4000)
    assert "unpacks to 5000 bytes" in refusal(path)


@pytest.mark.parametrize(
    "damage",
    [lambda content: b"", lambda content: b"no zip", lambda content: content[:-30], lambda content: content[100:]],
    ids=["empty", "foreign", "end missing", "start missing"],
)
def test_damaged_archives_are_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = pack(tmp_path / "broken.zip", {"x": bytes(range(256))})
    path.write_bytes(damage(path.read_bytes()))
    refusal(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_damaged_member_is_named(tmp_path: Path, compression: int) -> None:
    path = pack(tmp_path / "broken.zip", {"x.png": bytes(range(256))}, compression)
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    assert "x.png is damaged" in refusal(path)


def test_a_place_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.zip") == f"There is no {tmp_path / 'none.zip'}."


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert "dangling cannot be read" in refusal(tmp_path)
