"""The commands, as a user types them: real processes where exit codes, signals and streams matter."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from metagui import cli
from metagui.__main__ import main
from metagui.data.strokes import make_strokes
from metagui.learn.checkpoint import load_checkpoint, save_checkpoint
from metagui.learn.training import BEST, LAST
from tests.conftest import save_as_folder

SMALL = ("--way", "2", "--query", "1", "--meta-batch", "2", "--validation-episodes", "3")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Procedural characters as an image folder."""
    return save_as_folder(make_strokes(24, drawers=4), tmp_path_factory.mktemp("images"), side=105)


@pytest.fixture(scope="module")
def run(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    assert main(["train", "--run", str(folder), "--data", str(images), "--iterations", "5", *SMALL]) == 0
    return folder


def metagui(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "metagui", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, timeout=120)


def test_training_prints_plain_lines_and_leaves_a_run(images, tmp_path, capsys):
    command = ["train", "--run", str(tmp_path), "--data", str(images), "--iterations", "20", *SMALL]
    assert main(command) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].startswith("iteration 10: query loss")
    assert any("validation" in line for line in lines)
    assert "\r" not in captured.out + captured.err
    assert load_checkpoint(tmp_path / BEST).config.way == 2


def test_a_preset_is_overridden_by_what_is_given(images, tmp_path, capsys):
    command = ["train", "--run", str(tmp_path), "--preset", "basic", "--data", str(images), "--query", "1"]
    assert main([*command, "--shot", "2", "--way", "3", "--iterations", "2", "--no-rotations", "--validate-every", "9",
                 "--split", "1200"]) == 0  # fmt: skip
    config = load_checkpoint(tmp_path / LAST).config
    assert (config.inner_lr, config.meta_batch, config.shot, config.rotations) == (0.1, 1, 2, False)


def test_resuming_goes_on_with_the_runs_own_values(run, capsys):
    assert main(["train", "--run", str(run), "--resume", "--iterations", "7"]) == 0
    checkpoint = load_checkpoint(run / LAST)
    assert (checkpoint.iteration, checkpoint.config.way) == (7, 2)


def test_minutes_alone_decide_the_end(images, tmp_path, capsys):
    assert main(["train", "--run", str(tmp_path), "--data", str(images), "--minutes", "0.0001", *SMALL]) == 0
    assert load_checkpoint(tmp_path / LAST).iteration < 100


def test_evaluation_as_json_is_all_there_is_on_standard_output(run, capsys):
    command = ["evaluate", str(run / LAST), "--episodes", "5", "--way", "3", "--shot", "2", "--part", "test", "--json"]
    assert main([*command, "--transductive"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert {"accuracy", "ci95"} <= figures.keys()
    assert (figures["way"], figures["shot"], figures["query"], figures["episodes"]) == (3, 2, 1, 5)
    assert figures["batch_norm"] == "transductive"
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["batch_norm"] == "inductive"


def test_evaluation_for_people_is_one_line(run, capsys):
    assert main(["evaluate", str(run / LAST), "--episodes", "4", "--part", "validation"]) == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_classifying_names_each_file(run, images, tmp_path, capsys):
    support = tmp_path / "support"
    classes = sorted(images.iterdir())[:3]
    for place in classes:
        (support / place.name).mkdir(parents=True)
        (support / place.name / "a.png").write_bytes((place / "0.png").read_bytes())
    # The very drawings that were learned from: any network tells them apart.
    queries = [str(place / "0.png") for place in classes]
    assert main(["classify", str(run / LAST), "--support", str(support), "--query", *queries, "--json"]) == 0
    predictions = json.loads(capsys.readouterr().out)["predictions"]
    assert [prediction["file"] for prediction in predictions] == queries
    assert [prediction["label"] for prediction in predictions] == [place.name for place in classes]
    for prediction in predictions:
        assert sum(prediction["probabilities"].values()) == pytest.approx(1, rel=1e-5)
        assert max(prediction["probabilities"], key=prediction["probabilities"].get) == prediction["label"]
    assert main(["classify", str(run / LAST), "--support", str(support), "--query", *queries]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith(f"{queries[0]}: {classes[0].name}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "missing.safetensors"),
        ("train", "--run", "{tmp}/run", "--data", "{tmp}/no-such-folder"),
        ("train", "--run", "{tmp}/run", "--data", "omniglot"),
        ("train", "--run", "{tmp}/run", "--iterations", "0"),
        ("train", "--run", "{tmp}/run", "--inner-lr", "nan"),
        ("train", "--run", "{tmp}/run", "--way", "five"),
        ("train", "--run", "{tmp}/run", "--resume"),
        ("train",),
        ("nonsense",),
        ("data", "omniglot", "--from", "{tmp}/nothing"),
        ("data", "omniglot", "--from", "{tmp}"),
        ("classify", "{run}", "--support", "{tmp}", "--query", "x.png"),
        ("classify", "{run}", "--support", "{images}", "--query", "missing.png"),
        ("evaluate", "{run}", "--way", "1"),
        ("evaluate", "{run}", "--way", "500"),
        ("evaluate", "{run}", "--split", "lake"),
        ("evaluate", "{run}", "--seed", "99999999999999999999"),
        ("evaluate", "{run}", "--shot", "99999999999999999999"),
    ],
)
def test_what_is_wrong_is_one_line_on_standard_error_and_code_2(arguments, run, images, tmp_path, capsys):
    places = {"tmp": tmp_path, "run": run / LAST, "images": images}
    try:
        code = main([argument.format(**places) for argument in arguments])
    except SystemExit as end:
        code = end.code
    captured = capsys.readouterr()
    assert code == 2
    assert captured.out == ""
    assert captured.err.startswith("metagui")
    assert captured.err.count("\n") == 1


def test_ctrl_c_saves_and_exits_with_130(images, tmp_path):
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "metagui", "train", "--run", folder, "--data", images, "--iterations", "100000"]
    process = subprocess.Popen([*command, *SMALL], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()  # iteration 10: training is on its way
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in error
    assert "Traceback" not in error
    assert load_checkpoint(folder / LAST).iteration >= 10


def test_ctrl_c_while_the_program_loads_is_no_traceback():
    interrupted = """
import os, signal, sys
from metagui.__main__ import main

class Interrupt:
    def find_spec(self, name, *_):
        if name == "torch":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
main(["--version"])
"""
    result = subprocess.run([sys.executable, "-c", interrupted], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "")


@pytest.mark.parametrize(("told", "policy"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")])
def test_torchs_threads_leave_the_cores_to_ours_unless_told_otherwise(told, policy):
    seen_by_torch = """
import os, sys
from metagui.__main__ import main

class End:
    def find_spec(self, name, *_):
        if name == "torch":
            print(os.environ["OMP_WAIT_POLICY"], flush=True)
            os._exit(0)

sys.meta_path.insert(0, End())
main(["--version"])
"""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"} | told
    command = [sys.executable, "-c", seen_by_torch]
    assert subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment).stdout.strip() == policy


def test_an_output_that_nobody_reads_ends_the_command_without_a_word(run, monkeypatch, capsys):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert main(["train", "--run", str(run), "--resume", "--iterations", "40"]) == 141
    assert capsys.readouterr().err == ""
    assert load_checkpoint(run / LAST).iteration >= 10  # and nothing is lost


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
def test_an_output_that_is_full_is_one_line_and_code_2(run, monkeypatch, capsys):
    with Path("/dev/full").open("w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert main(["evaluate", str(run / LAST), "--episodes", "2"]) == 2
    assert capsys.readouterr().err.startswith("metagui: Could not write to the standard output")


def test_letters_that_the_output_does_not_have_are_escaped(run, monkeypatch):
    with io.TextIOWrapper(io.BytesIO(), encoding="ascii") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert main(["evaluate", str(run / LAST), "--episodes", "2"]) == 0
        assert rb"\xb1" in output.buffer.getvalue()


def test_an_adaptation_that_diverges_names_nothing(run, images, tmp_path, capsys):
    checkpoint = load_checkpoint(run / LAST)
    checkpoint.weights["encoder.kernel1"].fill_(3e38)
    save_checkpoint(tmp_path / "wild.safetensors", checkpoint)
    query = next(images.glob("*/*.png"))
    assert main(["classify", str(tmp_path / "wild.safetensors"), "--support", str(images), "--query", str(query)]) == 2
    assert "diverged" in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_without_a_display_the_window_is_one_message_and_code_2():
    result = metagui(DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert result.returncode == 2
    assert "no display" in result.stderr
    assert "metagui train" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_a_display_that_does_not_answer_is_one_message_and_code_2():
    result = metagui(DISPLAY=":4999", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1


def test_a_sessions_file_in_place_of_a_command_is_opened(capsys):
    opened = cli.parse(["a/b.METAGUI"])
    assert (opened.command, opened.session) == ("open", Path("a/b.METAGUI"))
    assert cli.parse(["open", "x"]).session == Path("x")
    assert cli.parse([]).command is None
    with pytest.raises(SystemExit):
        cli.parse(["--help"])
    assert "*.metagui" in capsys.readouterr().out


def test_help_and_version(capsys):
    for arguments in (["--help"], ["--version"], ["train", "--help"], ["evaluate", "--help"], ["classify", "--help"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 0
    assert "0.1.0" in capsys.readouterr().out
