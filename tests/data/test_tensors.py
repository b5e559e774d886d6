import os
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from metagui.data.errors import InputError
from metagui.data.tensors import read_tensors

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "none": torch.empty(0, dtype=torch.int64)}


def written(path: Path, metadata: dict[str, str] | None = None) -> Path:
    path.write_bytes(save(TENSORS, metadata))
    return path


def test_tensors_and_metadata_are_read(tmp_path: Path) -> None:
    tensors, metadata = read_tensors(written(tmp_path / "x", {"words": "é"}))
    assert tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[name], value) for name, value in TENSORS.items())
    assert metadata == {"words": "é"}
    assert read_tensors(written(tmp_path / "y"))[1] == {}


def test_what_becomes_of_the_file_later_does_no_harm(tmp_path: Path) -> None:
    path = written(tmp_path / "x")
    tensors, _ = read_tensors(path)
    os.truncate(path, 0)  # under a mapped tensor, this would end the process
    assert torch.equal(tensors["a"], TENSORS["a"])
    tensors["a"].zero_()  # and it is ours to write


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems' names are Unicode")
def test_a_name_that_is_not_unicode_is_a_name(tmp_path: Path) -> None:
    assert read_tensors(written(tmp_path / os.fsdecode(b"\xff")))[0].keys() == TENSORS.keys()


@pytest.mark.parametrize("kept", [0, 7, 40, -1])
def test_a_file_cut_short_is_refused(tmp_path: Path, kept: int) -> None:
    path = written(tmp_path / "x")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"x is cut short"):
        read_tensors(path)


def test_numbers_that_torch_does_not_have_are_refused(tmp_path: Path) -> None:
    header = b'{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}'
    (tmp_path / "x").write_bytes(len(header).to_bytes(8, "little") + header + b"-")
    with pytest.raises(InputError, match="of another kind"):
        read_tensors(tmp_path / "x")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none cannot be read"):
        read_tensors(tmp_path / "none")
