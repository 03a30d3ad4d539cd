"""Pictures as cameras, programs and attackers write them, and what others see in ours.

`make FOLDER NAME...` writes files; `look FILE...` prints a JSON object a file, as Pillow sees it.
"""

import io
import json
import os
import pathlib
import struct
import sys
import zipfile
import zlib

from PIL import Image, ImageCms

RED, BLUE, GREEN = (220, 20, 20), (20, 20, 220), (20, 160, 20)
CANARY = b"<script>canary()</script>"


def flag(mode="RGB", size=(60, 40)):
    """Red above, blue below."""
    picture = Image.new(mode, size, RED)
    picture.paste(BLUE, (0, size[1] // 2, size[0], size[1]))
    return picture


def saved(picture, kind, **options):
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_of_zeros(width, height):
    """A black PNG of one bit a pixel, row by row."""
    packer, row = zlib.compressobj(1), bytes(1 + (width + 7) // 8)
    rows = [packer.compress(row * 100) for _ in range(height // 100)] + [packer.flush()]
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"".join(rows)) + chunk(b"IEND", b"")


def with_text(unpacked):
    packed = zlib.compress(bytes(unpacked))
    png = saved(flag(), "PNG")
    return png[:33] + chunk(b"zTXt", b"Comment\0\0" + packed) + png[33:]


def camera():
    """A photograph with what a telephone writes beside it: taken upright, kept lying."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Canary Cameras"
    gps = exif.get_ifd(0x8825)
    gps.update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    thumbnail = saved(Image.new("RGB", (16, 16), GREEN), "JPEG", comment=CANARY)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tiff = exif.tobytes()[6:]
    return saved(
        flag(size=(600, 400)), "JPEG", quality=92, exif=b"Exif\0\0" + tiff + thumbnail, icc_profile=profile,
        comment=CANARY, xmp=b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>",
    )


def gif_of(frames, screen):
    one = saved(Image.new("P", (1, 1)), "GIF")
    start = 13 + (3 << ((one[10] & 7) + 1))
    return one[:6] + struct.pack("<HH", *screen) + one[10:start] + one[start:-1] * frames + b";"


def gif_and_script():
    """The width of its screen is a comment's beginning to a browser that takes it for a script."""
    gif = bytearray(saved(flag("RGB", (40, 40)).quantize(16), "GIF"))
    gif[6:8] = b"/*"
    return bytes(gif) + b"*/=1;canary()//" + CANARY


def jpeg_and_archive():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as entries:
        entries.writestr("canary.html", CANARY)
    return saved(flag(), "JPEG") + archive.getvalue()


def animated(kind):
    first, second = Image.new("RGB", (50, 50), RED), Image.new("RGB", (50, 50), BLUE)
    return saved(first, kind, save_all=True, append_images=[second, second], duration=100)


def noise(side):
    return saved(Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)), "PNG", compress_level=0)


def cut(content):
    return content[: len(content) * 2 // 3]


FILES = {
    "plain.png": lambda: saved(flag(), "PNG"),
    "plain.jpg": lambda: saved(flag(), "JPEG", quality=95),
    "progressive.jpg": lambda: saved(flag(size=(300, 200)), "JPEG", quality=95, progressive=True),
    "print.jpg": lambda: saved(flag().convert("CMYK"), "JPEG", quality=95),
    "plain.webp": lambda: saved(flag(), "WEBP", quality=95),
    "lossless.webp": lambda: saved(flag(), "WEBP", lossless=True),
    "plain.gif": lambda: saved(flag().quantize(16), "GIF"),
    "palette.png": lambda: saved(flag().quantize(4), "PNG"),
    "green.png": lambda: saved(Image.new("RGB", (64, 64), GREEN), "PNG"),
    "noise.png": lambda: noise(600),
    "animated.gif": lambda: animated("GIF"),
    "animated.png": lambda: animated("PNG"),
    "animated.webp": lambda: animated("WEBP"),
    "camera.jpg": camera,
    "script.gif": gif_and_script,
    "archive.jpg": jpeg_and_archive,
    "trailer.png": lambda: saved(flag(), "PNG") + CANARY * 100,
    "cut.png": lambda: cut(noise(100)),
    "cut.webp": lambda: cut(saved(flag(size=(400, 400)), "WEBP", lossless=True)),
    "cut.gif": lambda: cut(saved(Image.open(io.BytesIO(noise(100))).quantize(256), "GIF")),
    "script.svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>canary()</script></svg>',
    "page.png": lambda: b"<!doctype html><html><body>" + CANARY + b"</body></html>",
    "entity.xml": lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "picture.bmp": lambda: saved(flag(), "BMP"),
    "picture.tiff": lambda: saved(flag(), "TIFF"),
    "picture.ico": lambda: saved(flag(), "ICO"),
    "empty": lambda: b"",
    "wide.png": lambda: png_of_zeros(50_000, 50_000),
    "frames.gif": lambda: gif_of(65_536, (1, 1)),
    "screen.gif": lambda: gif_of(1, (60_000, 60_000)),
    "text.png": lambda: with_text(64 << 20),
    "large.png": lambda: saved(Image.new("RGBA", (4096, 4096), (*RED, 200)), "PNG", compress_level=1),
}


def look(path):
    content = pathlib.Path(path).read_bytes()
    picture = Image.open(io.BytesIO(content))
    seen = picture.convert("RGBA")
    width, height = seen.size
    places = {"top": (width // 2, height // 8), "bottom": (width // 2, height * 7 // 8),
              "left": (width // 8, height // 2), "right": (width * 7 // 8, height // 2)}
    return {
        "format": picture.format,
        "size": [width, height],
        "frames": getattr(picture, "n_frames", 1),
        "exif": len(picture.getexif()),
        "beside": sorted(set(picture.info) & {"exif", "xmp", "icc_profile", "comment"}),
        **{name: seen.getpixel(place) for name, place in places.items()},
    }


def main():
    command, *words = sys.argv[1:]
    if command == "make":
        folder, *names = words
        for name in names:
            pathlib.Path(folder, name).write_bytes(FILES[name]())
    else:
        print(json.dumps([look(path) for path in words]))


if __name__ == "__main__":
    main()
