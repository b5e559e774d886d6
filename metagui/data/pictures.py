"""A user's image file → a gray picture → the glyph that a network sees."""

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from metagui.data.errors import InputError
from metagui.data.glyph import (
    CENTRE,
    DEFAULT_SETTINGS,
    FRAME,
    LONG_SIDE,
    PEN,
    SMALLEST_SIDE,
    GlyphSettings,
    glyph_of_ink,
)

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
MOST_BYTES = 32 * 2**20
MOST_PIXELS = 40_000_000
LEAST_CONTRAST = 20  # gray levels from ink to paper; the noise of a photographed blank sheet stays below
SOLID = 0.6  # of the square around it is what a dot fills at least: a disc fills 0.79 of it, lines far less

# Pillow only warns of pictures of 89 million pixels or more, while it opens them and before MOST_PIXELS is looked at.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def read_picture(path: Path) -> NDArray[np.uint8]:
    """The picture in an image file, (height, width), as it looks on white paper: 0 is black.

    Raises InputError where the file is missing, too large, damaged, empty or not one of `FORMATS`.
    """
    try:
        if not path.is_file():
            raise InputError(f"There is no picture {path}.")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    return decode_picture(content, str(path))


def decode_picture(content: bytes, name: str) -> NDArray[np.uint8]:
    """`read_picture` of a file's content; `name` is what messages call it."""
    if len(content) > MOST_BYTES:
        raise InputError(f"{name} is larger than {MOST_BYTES // 2**20} MiB: make it smaller.")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            check_size(image.width, image.height, name)
            ImageOps.exif_transpose(image, in_place=True)
            return _gray(image)
    except InputError:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise InputError(_too_many_pixels(name)) from error
    except UnidentifiedImageError as error:
        raise InputError(
            f"{name} is empty, damaged or not a picture of a known kind ({', '.join(FORMATS)})."
        ) from error
    except Exception as error:  # what Pillow's decoders raise depends on which byte is damaged
        raise InputError(f"{name} is damaged: {str(error) or type(error).__name__}.") from error


def check_size(width: int, height: int, name: str) -> None:
    """Raises InputError where a picture has more than `MOST_PIXELS`."""
    if width * height > MOST_PIXELS:
        raise InputError(_too_many_pixels(name))


def gray_of_rgba(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture (height, width) of colours and opacities (height, width, 4), as it looks on white paper."""
    return _gray(Image.fromarray(pixels))


def glyph_of_file(path: Path, settings: GlyphSettings = DEFAULT_SETTINGS) -> NDArray[np.float32]:
    """The glyph, (1, 28, 28), of an image file. Raises InputError as `read_picture` does, and where there is no ink."""
    return glyph_of_picture(read_picture(path), settings, str(path))


def glyph_of_picture(
    gray: NDArray[np.uint8], settings: GlyphSettings = DEFAULT_SETTINGS, name: str = "The picture"
) -> NDArray[np.float32]:
    """The glyph, (1, 28, 28), of a gray picture, (height, width), in which ink is what differs from the border.

    Fitted, the ink is brought to the size and place of Omniglot's drawings, its proportions kept; as drawn, the whole
    picture is brought to the frame. The stroke's width is scaled with it. Raises InputError where there is no ink.
    """
    ink = _ink(gray)
    if ink.any():
        ink = _fitted(ink) if settings.fitted else _framed(ink, FRAME, ((FRAME - 1) / 2, (FRAME - 1) / 2))
    if not ink.any():
        raise InputError(f"{name} holds no ink: draw something dark on a light ground, or light on a dark one.")
    return glyph_of_ink(ink, settings)


def _too_many_pixels(name: str) -> str:
    return f"{name} has more than {MOST_PIXELS // 10**6} million pixels: make it smaller."


def _gray(image: Image.Image) -> NDArray[np.uint8]:
    gray: NDArray[np.uint8]
    if image.mode.startswith("I;16"):
        # Pillow's own convert("L") clips these at 255. Files of 12 bits a pixel come in this mode too.
        deep = np.asarray(image, dtype=np.float32)
        gray = np.rint(deep * (255 / (4095 if deep.max() <= 4095 else 65535))).astype(np.uint8)
    elif image.mode in ("I", "F"):
        # Nothing says which value is white: the greatest there is.
        deep = np.nan_to_num(np.asarray(image, dtype=np.float32)).astype(np.float64)  # infinities apart fit a double
        gray = np.rint((deep - deep.min()) * (255 / max(float(np.ptp(deep)), 1e-9))).astype(np.uint8)
    else:
        if image.has_transparency_data:
            rgba = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
        gray = np.asarray(image.convert("L"))
    return gray


def _ink(gray: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """True where the picture differs from its border; nowhere in a blank one."""
    dark = gray <= _otsu(gray)
    if not 0 < dark.sum() < dark.size or float(gray[~dark].mean()) - float(gray[dark].mean()) < LEAST_CONTRAST:
        return np.zeros_like(dark)
    border = np.concatenate([dark[0], dark[-1], dark[:, 0], dark[:, -1]])
    ink: NDArray[np.bool_] = dark != (np.median(border) > 0.5)
    return ink


def _otsu(gray: NDArray[np.uint8]) -> int:
    """Otsu's threshold: the level that divides the pixels, itself included below, into the two most distinct groups."""
    counts = np.bincount(gray.ravel(), minlength=256).astype(np.float64)
    below, mass = counts.cumsum(), (counts * np.arange(256)).cumsum()
    weights = below * (below[-1] - below)
    distance = (mass * below[-1] - mass[-1] * below) ** 2
    return int(np.divide(distance, weights, out=np.zeros(256), where=weights > 0).argmax())


def _fitted(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The ink's bounding box at the size and place that `glyph.fit` gives to strokes, (105, 105)."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(box.shape)
    share = 1.0
    if box.sum() > SOLID * side**2:
        # A dot stays a dot, as in `fit`: its path is its ink less the pen. Lines may be small on a large sheet.
        path = side * FRAME / max(ink.shape) - PEN
        share = min(max(path, 0) / SMALLEST_SIDE, 1)
    return _framed(box, share * LONG_SIDE + PEN, CENTRE)


def _framed(ink: NDArray[np.bool_], long_side: float, centre: tuple[float, float]) -> NDArray[np.bool_]:
    """The ink scaled to a long side in frame pixels, its middle at `centre` as strokes count, (105, 105)."""
    height, width = (max(1, round(side * long_side / max(ink.shape))) for side in ink.shape)
    scaled = Image.fromarray(ink.astype(np.uint8) * 255).resize((width, height), Image.Resampling.BILINEAR)
    canvas = Image.new("L", (FRAME, FRAME))
    canvas.paste(scaled, (round(centre[0] + 0.5 - width / 2), round(centre[1] + 0.5 - height / 2)))
    coverage = np.asarray(canvas)
    # By Otsu again and not at a half: a thin line on a large sheet covers no pixel by half, and would be lost.
    return coverage > _otsu(coverage)
