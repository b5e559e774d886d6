"""Omniglot: 1623 handwritten characters of 50 alphabets by 20 people each, imported once into one cached tensor."""

import hashlib
import http.client
import re
import tempfile
import urllib.error
import urllib.request
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from metagui.data.archives import MOST_BYTES, Files, open_files
from metagui.data.characters import CharacterSet, load_characters, save_characters
from metagui.data.errors import InputError
from metagui.data.files import cache_folder, exists
from metagui.data.glyph import DEFAULT_SETTINGS, FRAME, SIDE, GlyphSettings, glyph_of_ink
from metagui.data.pictures import decode_picture
from metagui.data.preparation import Preparation

DRAWERS = 20
BACKGROUND_CHARACTERS = 964  # they come first in the set
_FORMAT = 1  # of the cached file: raise it where the same images would give other glyphs
_PIECE = 2**16  # bytes
_TIMEOUT = 10  # seconds without a byte
_STRIDE = 200  # images between two reports
_SHOWN = 3  # of the faults, or of the files of one fault, that a message names
_IMAGE = re.compile(r"(?:^|/)(?P<character>[^/]+/character\d+)/\d{4}_\d\d\.png$")

# fmt: off
PARTS = {  # the alphabets of each part, with their numbers of characters
    "images_background": {
        "Alphabet_of_the_Magi": 20, "Anglo-Saxon_Futhorc": 29, "Arcadian": 26, "Armenian": 41,
        "Asomtavruli_(Georgian)": 40, "Balinese": 24, "Bengali": 46, "Blackfoot_(Canadian_Aboriginal_Syllabics)": 14,
        "Braille": 26, "Burmese_(Myanmar)": 34, "Cyrillic": 33, "Early_Aramaic": 22, "Futurama": 26, "Grantha": 43,
        "Greek": 24, "Gujarati": 48, "Hebrew": 22, "Inuktitut_(Canadian_Aboriginal_Syllabics)": 16,
        "Japanese_(hiragana)": 52, "Japanese_(katakana)": 47, "Korean": 40, "Latin": 26, "Malay_(Jawi_-_Arabic)": 40,
        "Mkhedruli_(Georgian)": 41, "N_Ko": 33, "Ojibwe_(Canadian_Aboriginal_Syllabics)": 14, "Sanskrit": 42,
        "Syriac_(Estrangelo)": 23, "Tagalog": 17, "Tifinagh": 55,
    },
    "images_evaluation": {
        "Angelic": 20, "Atemayar_Qelisayer": 26, "Atlantean": 26, "Aurek-Besh": 26, "Avesta": 26, "Ge_ez": 26,
        "Glagolitic": 45, "Gurmukhi": 45, "Kannada": 41, "Keble": 26, "Malayalam": 47, "Manipuri": 40, "Mongolian": 30,
        "Old_Church_Slavonic_(Cyrillic)": 45, "Oriya": 46, "Sylheti": 28, "Syriac_(Serto)": 23, "Tengwar": 25,
        "Tibetan": 42, "ULOG": 26,
    },
}
# fmt: on


def omniglot_is_ready(settings: GlyphSettings = DEFAULT_SETTINGS) -> bool:
    return exists(_cached(settings))


def load_omniglot(settings: GlyphSettings = DEFAULT_SETTINGS) -> CharacterSet:
    """The 1623 imported characters, background first. Raises InputError where Omniglot has not been imported."""
    if not omniglot_is_ready(settings):
        raise InputError(
            "Omniglot has not been imported yet: choose Data → Import or Download Omniglot in the window, or run "
            "`metagui data omniglot` (with --from PATH for archives or a folder at hand)."
        )
    try:
        return load_characters(_cached(settings))
    except InputError as error:
        raise InputError(f"{error} Import or download Omniglot again, which replaces it.") from error


def import_omniglot(
    source: Path, settings: GlyphSettings = DEFAULT_SETTINGS
) -> Generator[Preparation, None, CharacterSet]:
    """Import Omniglot into the cache, from the folder of its two archives or of what was extracted from them.

    `source` may also be one of the two archives, the other beside it. Closing the generator before its end
    leaves nothing behind. Raises InputError where anything is missing or damaged, saying what.
    """
    yield Preparation(0, 1, "Looking at the files")
    with ExitStack() as stack:
        names: list[str] = []
        images: list[tuple[Files, Path, str]] = []
        for part in PARTS:
            place = _find(source, part)
            files = stack.enter_context(open_files(place))
            complete = _complete(part, files.names)
            names += complete
            images += [(files, place, image) for drawn in complete.values() for image in drawn]
        pixels = np.empty((len(images), SIDE, SIDE), np.uint8)
        for index, (files, place, image) in enumerate(images):
            if index % _STRIDE == 0:
                yield Preparation(index, len(images), "Importing Omniglot")
            pixels[index] = _pixels(files.read(image), f"{place}: {image}", settings)
    yield Preparation(len(images), len(images), "Importing Omniglot")
    counts = torch.full((len(names),), DRAWERS)
    characters = CharacterSet(torch.from_numpy(pixels), counts, tuple(names))
    save_characters(_cached(settings), characters)
    return characters


def download_omniglot(settings: GlyphSettings = DEFAULT_SETTINGS) -> Generator[Preparation, None, CharacterSet]:
    """Fetch the two official archives, 15 MB, and import them.

    Closing the generator before its end leaves nothing behind. Raises InputError where an archive cannot be had.
    """
    yield Preparation(0, 1, "Starting the download")
    from torchvision.datasets import Omniglot  # takes longer to import than all else here

    with tempfile.TemporaryDirectory(prefix="metagui-") as folder:
        for part, md5 in Omniglot.zips_md5.items():
            archive = Path(folder) / f"{part}.zip"
            yield from _download(f"{Omniglot.download_url_prefix}/{archive.name}", archive, md5)
        return (yield from import_omniglot(Path(folder), settings))


def _download(url: str, target: Path, md5: str) -> Iterator[Preparation]:
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as response, target.open("wb") as file:
            total = int(response.headers.get("Content-Length") or MOST_BYTES)
            while piece := response.read1(_PIECE):
                digest.update(piece)
                file.write(piece)
                if file.tell() > total:
                    break
                yield Preparation(file.tell(), total, f"Downloading {target.name}")
        if digest.hexdigest() != md5:
            raise ConnectionError("what arrived is not that archive, or not all of it")
    except (OSError, http.client.HTTPException, ValueError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it is also the answer, and holds the connection
        raise InputError(
            f"Could not download {url}: {getattr(error, 'reason', error)}; try again, or import the archives you have "
            "with `metagui data omniglot --from PATH`."
        ) from error


def _cached(settings: GlyphSettings) -> Path:
    return cache_folder() / f"omniglot-{_FORMAT}-{settings.filter.lower()}.safetensors"


def _find(source: Path, part: str) -> Path:
    """The archive, or the folder, that holds a part of Omniglot: in `source`, beside it or one folder below."""
    if not exists(source):
        raise InputError(f"There is no {source}.")
    within = source if source.is_dir() and source.name not in PARTS else source.absolute().parent
    for name in f"{part}.zip", part:
        for place in within / name, *sorted(within.glob(f"*/{name}")):
            if exists(place):
                return place
    raise InputError(
        f"{within} holds neither {part}.zip nor a folder {part}: give a folder with both {' and '.join(PARTS)}."
    )


def _complete(part: str, names: Iterable[str]) -> dict[str, list[str]]:
    """The 20 images of each of the part's characters, all sorted; InputError saying what is missing."""
    images: dict[str, list[str]] = {
        f"{alphabet}/character{number:02}": []
        for alphabet, characters in PARTS[part].items()
        for number in range(1, characters + 1)
    }
    strange = set()
    for name in names:
        if match := _IMAGE.search(name):
            if match["character"] in images:
                images[match["character"]].append(name)
            else:
                strange.add(match["character"])
    problems = [problem for character, drawn in images.items() if (problem := _problem(character, drawn))]
    problems += [f"{character} is none of Omniglot's characters" for character in sorted(strange)]
    if problems:
        more = f"; {len(problems) - _SHOWN} more characters like this" if len(problems) > _SHOWN else ""
        raise InputError(f"{part}: {'; '.join(problems[:_SHOWN])}{more}. Extract or fetch the archive again.")
    return images


def _problem(character: str, images: list[str]) -> str | None:
    """What is wrong with the images that a character has, sorted; None where they are those of the 20 drawers."""
    drawers = {image[-6:-4] for image in images}
    missing = [f"{drawer:02}" for drawer in range(1, DRAWERS + 1) if f"{drawer:02}" not in drawers]
    if not images:
        return f"{character} is missing"
    if missing:
        stem = images[0].rpartition("/")[2][:-6]
        files = ", ".join(f"{stem}{drawer}.png" for drawer in missing[:_SHOWN])
        more = ", … are" if len(missing) > _SHOWN else " are" if len(missing) > 1 else " is"
        return f"{character} has {len(images)} of {DRAWERS} images: {files}{more} missing"
    return f"{character} has {len(images)} images, not {DRAWERS}" if len(images) > DRAWERS else None


def _pixels(content: bytes, name: str, settings: GlyphSettings) -> NDArray[np.uint8]:
    """The glyph of one of Omniglot's PNGs, (28, 28), ink 255."""
    gray = decode_picture(content, name)
    if gray.shape != (FRAME, FRAME):
        raise InputError(f"{name} has {gray.shape[1]}×{gray.shape[0]} pixels; Omniglot's images have {FRAME}×{FRAME}.")
    ink = gray < 128
    if not 0 < ink.mean() < 0.5:
        raise InputError(f"{name} is blank or inverted; Omniglot's images are dark ink on white.")
    pixels: NDArray[np.uint8] = np.rint(glyph_of_ink(ink, settings)[0] * 255).astype(np.uint8)
    return pixels
