import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from metagui.data import pictures
from metagui.data.archives import open_files
from metagui.data.errors import InputError
from metagui.data.glyph import CENTRE, FRAME, LONG_SIDE, PEN, GlyphSettings, fit, glyph_of_drawing, glyph_of_ink
from metagui.data.glyph import rasterise as rasterised
from metagui.data.pictures import decode_picture, glyph_of_file, glyph_of_picture, read_picture

AS_DRAWN = GlyphSettings(fitted=False)
FORMATS = ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"]


def hook(size: tuple[int, int] = (120, 90), scale: float = 1, offset: tuple[float, float] = (0, 0)) -> Image.Image:
    """A black hook on white: no symmetry maps it to itself."""
    image = Image.new("L", size, "white")
    points = [(offset[0] + x * scale, offset[1] + y * scale) for x, y in ((40, 15), (40, 70), (80, 70), (80, 50))]
    ImageDraw.Draw(image).line(points, fill="black", width=round(6 * scale), joint="curve")
    return image


def pixels(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image.convert("L"))


def saved(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)
    return path


def in_memory(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def refusal(path: Path) -> str:
    """What a user is told of this file: one line that names it."""
    with pytest.raises(InputError) as caught:
        glyph_of_file(path)
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    return message


def complaint(content: bytes) -> str:
    try:
        decode_picture(content, "picture")
    except InputError as error:
        return str(error)
    return ""


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header claims this size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


class TestReading:
    @pytest.mark.parametrize("kind", FORMATS)
    def test_reads_every_format_whatever_the_file_is_called(self, tmp_path: Path, kind: str) -> None:
        gray = read_picture(saved(hook(), tmp_path / "hook", format=kind))
        assert gray.dtype == np.uint8
        assert np.abs(gray.astype(int) - pixels(hook())).mean() < 2

    @pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "YCbCr"])
    def test_reads_every_mode(self, tmp_path: Path, mode: str) -> None:
        kind = "TIFF" if mode in ("CMYK", "YCbCr") else "PNG"
        gray = read_picture(saved(hook().convert(mode), tmp_path / "hook", format=kind))
        assert np.abs(gray.astype(int) - pixels(hook())).max() <= 2

    def test_reads_photographs_as_printers_keep_them(self, tmp_path: Path) -> None:
        gray = read_picture(saved(hook().convert("CMYK"), tmp_path / "hook.jpg", quality=95))
        assert np.abs(gray.astype(int) - pixels(hook())).mean() < 2

    def test_colours_become_gray(self, tmp_path: Path) -> None:
        gray = read_picture(saved(Image.new("RGB", (2, 2), (255, 0, 0)), tmp_path / "red.png"))
        assert gray.tolist() == [[76, 76], [76, 76]]

    @pytest.mark.parametrize(("kind", "order"), [("PNG", "<u2"), ("TIFF", "<u2"), ("TIFF", ">u2")])
    @pytest.mark.parametrize(("white", "top"), [(65535, 255), (30000, 117), (4095, 255)])
    def test_16_and_12_bits_are_scaled_and_not_clipped(
        self, tmp_path: Path, kind: str, order: str, white: int, top: int
    ) -> None:
        levels = np.array([[0, white // 2], [white, white]], dtype=order)
        gray = read_picture(saved(Image.fromarray(levels), tmp_path / "deep", format=kind))
        assert np.abs(gray.astype(int) - [[0, top // 2], [top, top]]).max() <= 1

    @pytest.mark.parametrize("dtype", [np.int32, np.float32])
    def test_pictures_without_a_known_white_span_all_grays(self, tmp_path: Path, dtype: type) -> None:
        levels = np.array([[-500, 0], [500, 1500]], dtype=dtype)
        assert read_picture(saved(Image.fromarray(levels), tmp_path / "x.tiff")).tolist() == [[0, 64], [128, 255]]

    def test_levels_that_are_no_numbers_or_infinite_do_no_harm(self, tmp_path: Path) -> None:
        levels = np.array([[np.nan, 0], [np.inf, -np.inf]], dtype=np.float32)
        gray = read_picture(saved(Image.fromarray(levels), tmp_path / "x.tiff"))
        assert gray.tolist() == [[128, 128], [255, 0]]

    @pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
    def test_what_is_transparent_is_white_paper(self, tmp_path: Path, kind: str) -> None:
        image = Image.new("RGBA", (3, 1), (0, 0, 0, 0))
        image.putpixel((1, 0), (0, 0, 0, 255))
        image.putpixel((2, 0), (0, 0, 0, 128))
        options = {"lossless": True} if kind == "WEBP" else {}
        assert read_picture(saved(image, tmp_path / "x", format=kind, **options)).tolist() == [[255, 0, 127]]

    @pytest.mark.parametrize("kind", ["PNG", "GIF"])
    def test_a_palette_may_have_a_transparent_colour(self, tmp_path: Path, kind: str) -> None:
        image = Image.new("P", (2, 1))
        image.putpalette([0, 0, 0, 10, 10, 10])
        image.putpixel((1, 0), 1)
        assert read_picture(saved(image, tmp_path / "x", format=kind, transparency=0)).tolist() == [[255, 10]]

    def test_a_photograph_is_turned_as_its_camera_says(self, tmp_path: Path) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned by 90° clockwise
        gray = read_picture(saved(hook(), tmp_path / "hook.jpg", exif=exif, quality=95))
        assert np.abs(gray.astype(int) - np.rot90(pixels(hook()), -1)).mean() < 2

    @pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "PNG", "MPO"])
    def test_the_first_picture_of_several_counts(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / "hook"
        hook().save(path, kind, save_all=True, append_images=[Image.new("L", (120, 90), "white")])
        assert np.abs(read_picture(path).astype(int) - pixels(hook())).mean() < 2


class TestRefusing:
    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert "There is no picture" in refusal(tmp_path / "none.png")

    def test_a_folder(self, tmp_path: Path) -> None:
        assert "There is no picture" in refusal(tmp_path)

    @pytest.mark.parametrize(
        "content", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", in_memory(hook(), "PPM")]
    )
    def test_files_of_another_kind(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "foreign.png").write_bytes(content)
        assert "not a picture of a known kind (PNG, JPEG," in refusal(tmp_path / "foreign.png")

    @pytest.mark.parametrize("kind", FORMATS)
    def test_truncated_files(self, tmp_path: Path, kind: str) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (60, 60), dtype=np.uint8)
        content = in_memory(Image.fromarray(noise), kind)
        (tmp_path / "half").write_bytes(content[: len(content) // 2])
        assert "damaged" in refusal(tmp_path / "half")

    @pytest.mark.parametrize("size", [(0, 5), (5, 0)])
    def test_pictures_without_pixels(self, tmp_path: Path, size: tuple[int, int]) -> None:
        (tmp_path / "x.png").write_bytes(png_of_size(*size))
        assert "is empty, damaged or" in refusal(tmp_path / "x.png")

    @pytest.mark.parametrize("size", [(8000, 8000), (10_000, 10_000), (100_000, 100_000), (2**31 - 1, 2**31 - 1)])
    def test_pictures_with_too_many_pixels_before_any_is_decoded(self, tmp_path: Path, size: tuple[int, int]) -> None:
        (tmp_path / "bomb.png").write_bytes(png_of_size(*size))
        assert "more than 40 million pixels" in refusal(tmp_path / "bomb.png")

    def test_files_with_too_many_bytes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = saved(hook(), tmp_path / "hook.bmp")
        monkeypatch.setattr(pictures, "MOST_BYTES", 2**10)
        assert "is larger than" in refusal(path)

    @given(data=st.data(), kind=st.sampled_from(FORMATS))
    def test_damage_anywhere_is_either_harmless_or_the_users_to_put_right(self, data: st.DataObject, kind: str) -> None:
        content = bytearray(in_memory(hook((24, 18), 0.2), kind))
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        assert "\n" not in complaint(bytes(content))

    @pytest.mark.parametrize("settings", [GlyphSettings(), AS_DRAWN])
    @pytest.mark.parametrize("level", [0, 128, 255])
    def test_blank_pictures(self, settings: GlyphSettings, level: int) -> None:
        with pytest.raises(InputError, match="The picture holds no ink"):
            glyph_of_picture(np.full((50, 40), level, np.uint8), settings)

    def test_a_blank_sheets_noise_is_no_ink(self) -> None:
        noise = np.random.default_rng(0).normal(200, 4, (300, 200)).astype(np.uint8)
        with pytest.raises(InputError, match="no ink"):
            glyph_of_picture(noise)

    def test_a_blank_file_is_named(self, tmp_path: Path) -> None:
        assert "holds no ink" in refusal(saved(Image.new("L", (9, 9), "white"), tmp_path / "blank.png"))


class TestGlyph:
    def test_an_omniglot_image_as_drawn_gives_the_glyph_of_the_data_set(self, omniglot_archives: Path) -> None:
        with open_files(omniglot_archives / "images_background.zip") as files:
            for name in files.names[::400]:
                gray = decode_picture(files.read(name), name)
                assert np.array_equal(glyph_of_picture(gray, AS_DRAWN), glyph_of_ink(gray < 128))

    def test_a_fitted_picture_of_a_drawing_gives_the_glyph_of_the_drawing(self) -> None:
        stroke = np.array([[20, 15], [20, 70], [60, 70], [60, 50]], np.float32)
        gray = np.where(rasterised(fit([stroke])), 0, 255).astype(np.uint8)
        assert np.abs(glyph_of_picture(gray) - glyph_of_drawing([stroke])).mean() < 0.01

    @pytest.mark.parametrize("settings", [GlyphSettings(), AS_DRAWN])
    def test_light_ink_on_a_dark_ground_is_ink(self, settings: GlyphSettings) -> None:
        gray = pixels(hook())
        assert np.array_equal(glyph_of_picture(255 - gray, settings), glyph_of_picture(gray, settings))

    def test_ink_that_covers_most_of_the_picture_is_still_ink(self) -> None:
        gray = np.full((100, 100), 230, np.uint8)
        gray[5:95, 5:95] = 30
        assert glyph_of_picture(gray).max() == 1
        assert glyph_of_picture(gray)[0, 0].max() == 0

    def test_faint_ink_counts_as_much_as_black(self) -> None:
        gray = pixels(hook())
        assert np.array_equal(glyph_of_picture((gray // 4 + 140).astype(np.uint8)), glyph_of_picture(gray))

    @pytest.mark.parametrize(
        "moved",
        [
            hook((400, 300)),
            hook((1200, 900)),
            hook((400, 300), 3),
            hook((200, 600), 2, (-60, 350)),
            hook((60, 45), 0.5),
        ],
    )
    def test_fitted_neither_size_nor_place_matters(self, moved: Image.Image) -> None:
        assert np.abs(glyph_of_picture(pixels(moved)) - glyph_of_picture(pixels(hook()))).mean() < 0.02

    def test_as_drawn_place_matters(self) -> None:
        high, low = hook((200, 200)), hook((200, 200), offset=(60, 100))
        difference = glyph_of_picture(pixels(high), AS_DRAWN) - glyph_of_picture(pixels(low), AS_DRAWN)
        assert np.abs(difference).mean() > 0.03

    def test_as_drawn_a_wide_picture_lies_in_the_middle_of_the_frame(self) -> None:
        gray = np.full((100, 300), 255, np.uint8)
        gray[20:80, 60:240] = 0
        rows, columns = np.nonzero(glyph_of_picture(gray, AS_DRAWN)[0] > 0.5)
        assert (rows.min() + rows.max(), columns.min() + columns.max()) == (27, 27)
        assert columns.max() - columns.min() + 1 == pytest.approx(28 * 180 / 300, abs=1)

    @pytest.mark.parametrize("shape", [(60, 600), (600, 60), (300, 300)])
    def test_fitted_ink_has_the_size_and_place_of_omniglots(self, shape: tuple[int, int]) -> None:
        gray = np.full((700, 700), 255, np.uint8)
        gray[50 : 50 + shape[0], 20 : 20 + shape[1]] = 0
        rows, columns = np.nonzero(pictures._fitted(gray == 0))
        sides = rows.max() - rows.min() + 1, columns.max() - columns.min() + 1
        assert max(sides) == pytest.approx(LONG_SIDE + PEN, abs=1)
        assert min(sides) / max(sides) == pytest.approx(min(shape) / max(shape), abs=0.02)
        assert (columns.min() + columns.max()) / 2 == pytest.approx(CENTRE[0], abs=0.5)
        assert (rows.min() + rows.max()) / 2 == pytest.approx(CENTRE[1], abs=0.5)

    @pytest.mark.parametrize(("side", "largest"), [(3, 2), (10, 4), (20, 10)])
    def test_a_dot_stays_a_dot(self, side: int, largest: int) -> None:
        image = Image.new("L", (210, 210), "white")
        ImageDraw.Draw(image).ellipse((40, 40, 40 + side, 40 + side), fill="black")
        rows, columns = np.nonzero(glyph_of_picture(pixels(image))[0] > 0.3)
        assert 1 <= np.ptp(rows) + 1 <= largest
        assert 1 <= np.ptp(columns) + 1 <= largest

    def test_a_thin_line_on_a_large_sheet_is_not_lost(self) -> None:
        image = Image.new("L", (3000, 2000), "white")
        ImageDraw.Draw(image).line([(300, 300), (2700, 1700)], fill="black", width=2)
        for settings in GlyphSettings(), AS_DRAWN:
            glyph = glyph_of_picture(pixels(image), settings)[0]
            assert (glyph > 0.2).any(axis=0).sum() > 15

    @pytest.mark.parametrize("size", [(2_000_000, 1), (1, 300_000), (1, 2)])
    @pytest.mark.parametrize("settings", [GlyphSettings(), AS_DRAWN])
    def test_pictures_of_any_proportions_take_no_more_room_than_their_pixels(
        self, size: tuple[int, int], settings: GlyphSettings
    ) -> None:
        gray = np.full(size[::-1], 255, np.uint8)
        gray.flat[: max(1, gray.size // 3)] = 0
        assert glyph_of_picture(gray, settings).shape == (1, 28, 28)

    def test_the_filter_of_the_settings_counts(self) -> None:
        gray = pixels(hook((FRAME, FRAME)))
        nearest = glyph_of_picture(gray, GlyphSettings(filter="nearest"))
        assert set(np.unique(nearest)) == {0, 1}
