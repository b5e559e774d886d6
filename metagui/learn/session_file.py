"""A session in one file, `.metagui`, which opens anywhere: a zip of JSON, of PNG pictures and of networks.

    session.json              format, classes, queries, settings, and the network and the lanes by their fingerprints
    pictures/N.png            loaded pictures, as gray levels
    glyphs/N.png              glyphs of a data set
    networks/SHA256.safetensors   a network that does not come with the program, without its optimizer's state

Numbers round-trip exactly. `data/task_file.py` tells how a drawing is described, `fingerprint.py` what is hashed.
"""

import io
import json
import re
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from metagui import __version__
from metagui.data.archives import MOST_BYTES, MOST_RATIO, Files, open_files
from metagui.data.errors import InputError
from metagui.data.files import write_atomically
from metagui.data.task_file import FAULTS, of_type, pack_task, unpack_task
from metagui.learn.checkpoint import Checkpoint, load_checkpoint, pack, unpack
from metagui.learn.fingerprint import fingerprint
from metagui.learn.session import Session
from metagui.learn.shipped import shipped_as

SUFFIX = ".metagui"
FORMAT = 1  # of the file: a newer one is refused
_DESCRIPTION = "session.json"
_MOST_TEXT = 64 * 2**20  # bytes of the description
_MOST_LANES, _MOST_STEPS = 16, 1000


def write_session(path: Path, session: Session) -> None:
    """Write it whole or not at all. InputError where the disk refuses, or the session is too large to be read again."""
    write_atomically(path, pack_session(session))


def pack_session(session: Session) -> bytes:
    """The content of its file; the same for the same session. InputError where it is too large."""
    told, files = pack_task(session.task)
    told |= {
        "format": FORMAT,
        "program": f"metagui {__version__}",
        "settings": {"fitted": session.fitted, "inner_steps": session.steps, "step_on_show": session.step_on_show},
        "network": session.checkpoint and _packed(session.checkpoint, files),
        "lanes": [_packed(checkpoint, files) for checkpoint in session.lanes],
        "document": session.document and str(session.document),
    }
    text = json.dumps(told).encode()
    # What unpacks to more than an honest archive does would not be read again.
    method = zipfile.ZIP_DEFLATED if len(text) < len(zlib.compress(text)) * MOST_RATIO / 2 else zipfile.ZIP_STORED
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo(_DESCRIPTION), text, method)
        for name, file in files.items():
            archive.writestr(zipfile.ZipInfo(name), file)  # compressed already, or not to be compressed
    content = stream.getvalue()
    if max(len(content), len(text) + sum(map(len, files.values()))) > MOST_BYTES or len(text) > _MOST_TEXT:
        raise InputError(
            f"This session is too large for one file ({_MOST_TEXT >> 20} MiB of strokes, {MOST_BYTES >> 20} MiB in "
            "all): remove some of the drawings."
        )
    return content


def read_session(path: Path) -> Session:
    """What `write_session` wrote.

    InputError where the file is missing, damaged, foreign, of a newer version, or adapts a network that is not here.
    """
    try:
        if not path.is_file():
            raise InputError(f"There is no session {path}.")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    with open_files(path) as files:
        if _DESCRIPTION not in files.names:
            raise InputError(f"{path} is a zip archive, but not a session of metagui.")
        try:
            return _described(json.loads(_text(files)), files)
        except InputError as error:
            raise InputError(f"{path} cannot be opened: {error}") from error
        except FAULTS as error:
            raise InputError(f"{path} is damaged: its description is not that of a session.") from error


def _text(files: Files) -> bytes:
    text = files.read(_DESCRIPTION)
    if len(text) > _MOST_TEXT:
        raise InputError(f"Its description is larger than {_MOST_TEXT >> 20} MiB.")
    return text


def _described(told: dict[str, Any], files: Files) -> Session:
    if of_type(told["format"], int) < FORMAT:
        raise ValueError("a format that never was")
    if told["format"] > FORMAT:
        raise InputError(
            f"It has format {told['format']}, and this metagui ({__version__}) reads format {FORMAT}: use a newer "
            f"version ({_one_line(told.get('program'))} wrote it)."
        )
    lanes = of_type(told["lanes"], list)
    settings, network, document = told["settings"], told["network"], told["document"]
    steps, on_show = of_type(settings["inner_steps"], int), settings["step_on_show"]
    if len(lanes) > _MOST_LANES or not 0 < steps <= _MOST_STEPS:
        raise ValueError("lanes or steps")
    if on_show is not None and not 0 <= of_type(on_show, int) <= _MOST_STEPS:
        raise ValueError("step on show")
    return Session(
        task=unpack_task(told, files.read),
        checkpoint=None if network is None else _network(network, files, told),
        lanes=tuple(_network(lane, files, told) for lane in lanes),
        fitted=of_type(settings["fitted"], bool),
        steps=steps,
        step_on_show=on_show,
        document=None if document is None else Path(of_type(document, str)),
    )


def _packed(checkpoint: Checkpoint, files: dict[str, bytes]) -> dict[str, Any]:
    """How a network is named; those that do not come with the program are added to the files."""
    known = fingerprint(checkpoint)
    if shipped_as(known) is None:
        files[_member(known)] = pack(replace(checkpoint, state={}))
    return {"sha256": known, "name": checkpoint.name, "path": checkpoint.path and str(checkpoint.path)}


def _network(told: dict[str, Any], files: Files, whole: dict[str, Any]) -> Checkpoint:
    """The path is for people: what a stranger's file names is not looked for."""
    known, name, path = of_type(told["sha256"], str), of_type(told["name"], str), told["path"]
    if not re.fullmatch("[0-9a-f]{64}", known):
        raise ValueError("a fingerprint")
    if _member(known) in files.names:
        checkpoint = unpack(files.read(_member(known)), f"the network {_one_line(name)}")
        if fingerprint(checkpoint) != known:
            raise InputError(f"The network {_one_line(name)} is not the one that the session was saved with.")
        return replace(checkpoint, name=name, path=None if path is None else Path(of_type(path, str)))
    card = shipped_as(known)
    if card is None:
        raise InputError(
            f"It adapts the network {_one_line(name)}, which came with the metagui that wrote it and does not come "
            f"with this one: use {_one_line(whole.get('program'))}."
        )
    return load_checkpoint(card.path)


def _member(known: str) -> str:
    return f"networks/{known}.safetensors"


def _one_line(told: object) -> str:
    """A stranger's text as part of a message."""
    return " ".join(str(told).split())[:100]
