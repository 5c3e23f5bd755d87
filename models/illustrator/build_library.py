"""Compiles the art library: the pinned packages and our own drawings into one small file.

Reads `art/catalogue.txt` and `art/own/*.svg`, takes the Fluent Emoji flat (MIT) and Noto
(Apache-2.0) icon sets from their npm packages at the versions and checksums below, and writes
`art/library.json.gz`. The same input gives the same bytes. It draws no scene and knows no story.

    python -m models.illustrator.build_library [--packages DIR]

DIR holds the two tarballs already fetched; without it `npm pack` fetches them.
"""

import argparse
import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import resvg_py
from PIL import Image

ART = Path(__file__).parent / "art"
OUTPUT = ART / "library.json.gz"
TONES = ("light", "medium-light", "medium", "medium-dark", "dark")
_HEX = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
_ELEMENT = re.compile(r"<[a-z]+ [^>]*/>")


@dataclass(frozen=True)
class Package:
    """One npm package that art comes from."""

    prefix: str
    name: str
    version: str
    sha256: str
    licence: str
    tarball: str


PACKAGES = (
    Package(
        "f",
        "@iconify-json/fluent-emoji-flat",
        "1.2.6",
        "7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
        "MIT",
        "iconify-json-fluent-emoji-flat-1.2.6.tgz",
    ),
    Package(
        "n",
        "@iconify-json/noto",
        "1.2.9",
        "3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
        "Apache-2.0",
        "iconify-json-noto-1.2.9.tgz",
    ),
)
# Heads and hats that figures use whatever their catalogue line says.
ALWAYS = ("f:man", "f:woman", "f:boy", "f:girl")


class Art:
    """The packages' icons by prefixed name ("f:fox"), with skin tones where they exist."""

    def __init__(self, icons: dict[str, dict[str, Any]], sizes: dict[str, float]) -> None:
        self._icons = icons
        self._sizes = sizes
        self.used: dict[str, dict[str, Any]] = {}

    def take(self, name: str) -> str:
        """Adds the art `name` to the library and returns its name there."""
        if name not in self.used:
            prefix, _, bare = name.partition(":")
            if prefix == "o":
                entry: dict[str, Any] = {"body": _own(bare)}
                size = 32.0
            else:
                size = self._sizes[prefix]
                entry = {"body": self._body(prefix, bare)}
                toned = [f"{bare}-{tone}" for tone in TONES]
                if prefix == "f" and all(tone in self._icons[prefix] for tone in toned):
                    entry["tones"] = [self._body(prefix, tone) for tone in toned]
            if size != 32:
                entry["view"] = size
            picture = _raster(entry["body"], size)
            entry["box"] = _box(picture, size)
            entry["hem"] = _hem(picture)
            entry["main"] = _main_colour(picture)
            self.used[name] = entry
        return name

    def _body(self, prefix: str, bare: str) -> str:
        body: str = self._icons[prefix][bare]["body"]
        # Ids must not meet those of other art in the same picture.
        for identifier in sorted(set(re.findall(r'id="([^"]+)"', body)), key=len, reverse=True):
            unique = f"{prefix}-{bare}-{identifier}"
            body = body.replace(f'id="{identifier}"', f'id="{unique}"')
            body = body.replace(f"url(#{identifier})", f"url(#{unique})")
            body = body.replace(f'href="#{identifier}"', f'href="#{unique}"')
        return body


def _own(name: str) -> str:
    text = (ART / "own" / f"{name}.svg").read_text()
    return "".join(line.strip() for line in text.strip().splitlines()[1:-1])


def _raster(body: str, size: float) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Draws a body on 256 × 256 px; returns (256, 256, 4) uint8."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">{body}</svg>'
    png = resvg_py.svg_to_bytes(svg_string=svg, width=256, height=256, skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"))


def _box(picture: np.ndarray[Any, Any], size: float) -> list[float]:
    ys, xs = np.nonzero(picture[..., 3] > 24)
    edges = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    return [round(float(edge) * size / 256, 2) for edge in edges]


def _hem(picture: np.ndarray[Any, Any]) -> list[Any]:
    """What the lowest rows look like: left edge, right edge (units of 32), colours across."""
    ys = np.nonzero((picture[..., 3] > 200).any(axis=1))[0]
    row = picture[ys.max() - 3]
    xs = np.nonzero(row[:, 3] > 200)[0]
    if not len(xs):
        return []
    left, right = int(xs.min()), int(xs.max())
    at = [left + int((right - left) * share) for share in (0.1, 0.5, 0.82)]
    colours = ["#{:02x}{:02x}{:02x}".format(*row[x][:3]) for x in at]
    return [round(left / 8, 2), round((right + 1) / 8, 2), *colours]


def _main_colour(picture: np.ndarray[Any, Any]) -> str:
    """The colour that covers most, black and near-black left aside."""
    solid = picture[picture[..., 3] == 255][:, :3]
    bright = solid[solid.max(axis=1) > 60]
    colours, counts = np.unique(bright if len(bright) else solid, axis=0, return_counts=True)
    return "#{:02x}{:02x}{:02x}".format(*colours[counts.argmax()]) if len(colours) else "#808080"


def _recoloured(body: str, changes: dict[str, str]) -> str:
    def swap(match: re.Match[str]) -> str:
        colour = match.group(0).lower()
        return changes.get(colour, colour)

    return _HEX.sub(swap, body)


def _drop(body: str, index: int) -> str:
    element = _ELEMENT.findall(body)[index]
    return body.replace(element, "", 1)


def _compile_source(source: str, key: str, art: Art) -> tuple[list[str], list[str], str]:
    """Returns the art names, the figure options and the drawing kind of one catalogue source."""
    head, *rest = source.split()
    form, _, names = head.partition(":")
    if form in {"head", "bust"}:
        return [art.take(f"f:{name}") for name in names.split(",")], [form, *rest], form
    if form == "face":
        return [art.take(f"f:{names}")], [form, *rest], form
    changes = dict(f"#{r[1:]}".split("=") for r in rest if r.startswith("!"))
    extras = [r[1:] for r in rest if r.startswith("&")]
    drops = [int(r[1:]) for r in rest if r.startswith("-")]
    name = art.take(head)
    if changes or extras or drops:
        entry = dict(art.used[name])
        body = entry["body"]
        for index in drops:
            body = _drop(body, index)
        body = _recoloured(body, {a: f"#{b}" for a, b in changes.items()})
        entry["body"] = body + "".join(_own(extra) for extra in extras)
        picture = _raster(entry["body"], entry.get("view", 32))
        entry["box"] = _box(picture, entry.get("view", 32))
        entry["main"] = _main_colour(picture)
        entry.pop("tones", None)
        name = f"{head}#{key}"
        art.used[name] = entry
    return [name], [], "art"


def compile_library(tarballs: Path) -> bytes:
    """Builds the library from the tarballs in a directory; returns the gzip file's bytes.

    Raises:
        ValueError: A tarball's checksum is wrong, a key or a line of the catalogue is.
    """
    icons: dict[str, dict[str, Any]] = {}
    sizes: dict[str, float] = {}
    for package in PACKAGES:
        blob = (tarballs / package.tarball).read_bytes()
        if hashlib.sha256(blob).hexdigest() != package.sha256:
            raise ValueError(f"{package.tarball} is not the file that was pinned")
        with tarfile.open(fileobj=io.BytesIO(blob)) as archive:
            member = archive.extractfile("package/icons.json")
            assert member is not None
            content = json.load(member)
        icons[package.prefix] = content["icons"]
        sizes[package.prefix] = float(content.get("height", 16))
    art = Art(icons, sizes)
    for name in ALWAYS:
        art.take(name)
    licences = {package.prefix: package.licence for package in PACKAGES} | {"o": "Apache-2.0"}
    items = []
    for line in (ART / "catalogue.txt").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        key, source, english, french, size, tags = (part.strip() for part in line.split("|"))
        names, options, form = _compile_source(source, key, art)
        items.append(
            {
                "key": key,
                "art": names,
                "form": form,
                "options": [option.lstrip("+") for option in options[1:]],
                "en": [word.strip() for word in english.split(",")],
                "fr": [word.strip() for word in french.split(",")],
                "size": float(size),
                "tags": tags.split(),
                "licence": licences[names[0].partition(":")[0]],
            }
        )
    keys = [item["key"] for item in items]
    if len(set(keys)) != len(keys):
        raise ValueError("a key stands twice in the catalogue")
    sources = [{"package": p.name, "version": p.version, "licence": p.licence} for p in PACKAGES]
    document = {"sources": sources, "items": items, "art": dict(sorted(art.used.items()))}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=9, mtime=0, filename="") as file:
        file.write(text.encode())
    return buffer.getvalue()


def main() -> None:
    """Writes `art/library.json.gz`."""
    parser = argparse.ArgumentParser(description="Compile the art library.")
    parser.add_argument("--packages", type=Path, help="folder with the npm tarballs")
    folder = parser.parse_args().packages
    with tempfile.TemporaryDirectory() as temporary:
        if folder is None:
            folder = Path(temporary)
            wanted = [f"{package.name}@{package.version}" for package in PACKAGES]
            subprocess.run(["npm", "pack", "--silent", *wanted], cwd=folder, check=True)  # noqa: S603, S607 - a developer's build step with constant arguments
        blob = compile_library(folder)
    OUTPUT.write_bytes(blob)
    print(f"{OUTPUT.name}: {len(blob):,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
