"""A contact sheet of forty-eight story sentences, to look at what the composer draws.

    python -m models.illustrator.grid OUT.png [--style paper] [--seed 0] [--sentences FILE]

It knows nothing that the composer does not know; it is the eye test.
"""

import argparse
import textwrap
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from models.illustrator.composer import compose
from models.illustrator.parser import parse

SENTENCES = Path(__file__).with_name("grid_sentences.txt")
_CAPTION = 30


def sheet(
    sentences: list[str],
    *,
    style: str = "",
    seed: int = 0,
    columns: int = 6,
    cell: tuple[int, int] = (256, 192),
) -> Image.Image:
    """Draws every sentence at twice the size of its cell, reduced, with its words beneath."""
    width, height = cell
    rows = -(-len(sentences) // columns)
    page = Image.new("RGB", (columns * width, rows * (height + _CAPTION)), "white")
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(11)
    for index, sentence in enumerate(sentences):
        reading = parse(sentence)
        picture = compose(
            reading.scene,
            width=2 * width,
            height=2 * height,
            seed=seed + index,
            style=style,
            without=reading.excluded,
        )
        image = Image.fromarray(picture.render()).resize(cell, Image.Resampling.LANCZOS)
        x, y = index % columns * width, index // columns * (height + _CAPTION)
        page.paste(image, (x, y))
        caption = "\n".join(textwrap.wrap(sentence, 46)[:2])
        pen.multiline_text((x + 3, y + height + 2), caption, fill="black", font=font, spacing=1)
    return page


def main() -> None:
    """Writes the sheet."""
    parser = argparse.ArgumentParser(description="Draw the contact sheet.")
    parser.add_argument("output", type=Path)
    parser.add_argument("--style", default="")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sentences", type=Path, default=SENTENCES)
    options = parser.parse_args()
    sentences = options.sentences.read_text(encoding="utf-8").strip().splitlines()
    sheet(sentences, style=options.style, seed=options.seed).save(options.output)


if __name__ == "__main__":
    main()
