"""Every way in which a picture file can be wrong is named, with a remedy."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from plugins_gimp import pictures
from shared_engine.errors import InputError


def gradient(width=64, height=48) -> Image.Image:
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, y, 255 - x], -1).astype(np.uint8))


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "bmp"])
def test_common_formats_are_read(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    gradient().save(path)
    picture = pictures.read(path)
    assert picture.pixels.shape == (48, 64, 3)
    assert np.abs(picture.pixels.astype(int) - np.asarray(gradient())).mean() < 6


def test_it_is_turned_upright_and_scaled(tmp_path):
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    gradient(640, 480).save(path, exif=exif)
    picture = pictures.read(path, 160)
    assert picture.pixels.shape == (160, 120, 3) and picture.size == (640, 480)


def test_a_profile_is_converted_and_said(tmp_path):
    path = tmp_path / "a.png"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    gradient().save(path, icc_profile=profile)
    assert pictures.read(path).notes


def test_sixteen_bit_grey_and_alpha_are_read(tmp_path):
    grey = tmp_path / "grey.png"
    Image.fromarray(np.linspace(0, 65535, 48 * 64).reshape(48, 64).astype(np.uint16)).save(grey)
    assert pictures.read(grey).pixels[-1, -1].tolist() == [255, 255, 255]
    clear = tmp_path / "clear.png"
    image = gradient()
    image.putalpha(Image.new("L", image.size, 128))
    image.save(clear)
    assert pictures.read(clear).alpha.tolist()[0][0] == 128


def broken(tmp_path, kind):
    path = tmp_path / "bad.png"
    if kind == "truncated":
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)).save(path)
        path.write_bytes(path.read_bytes()[:-4000])
    elif kind == "text":
        path.write_text("not a picture")
    elif kind == "cmyk":
        path = path.with_suffix(".jpg")
        gradient().convert("CMYK").save(path)
    elif kind == "indexed":
        gradient().convert("P").save(path)
    elif kind == "tiny":
        gradient(1, 1).save(path)
    elif kind == "huge":
        path.write_bytes(huge_png())
    return path


def huge_png() -> bytes:
    """A PNG that announces 60,000 x 60,000 pixels and holds none."""
    import struct
    import zlib

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("truncated", "damaged"),
        ("text", "not a picture"),
        ("cmyk", "CMYK"),
        ("indexed", "indexed"),
        ("tiny", "too few"),
        ("huge", "megapixels"),
        ("missing", "no file"),
    ],
)
def test_what_cannot_be_read_is_named_with_a_remedy(tmp_path, kind, words):
    with pytest.raises(InputError, match=words) as caught:
        pictures.read(broken(tmp_path, kind))
    assert caught.value.remedy


def test_a_folder_that_may_not_be_written_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        pictures.write(tmp_path / "nowhere" / "a.png", np.zeros((2, 2, 3), np.uint8))
