"""Pictures and figures put on a page, for people.

Knows pixels and numbers, not where they come from.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_CAPTION = 30
_COLUMNS = (
    "subject", "absent", "all_subjects", "setting", "time", "count", "count_of_several", "painted",
    "colour", "relation",
)  # fmt: skip


def contact_sheet(
    pictures: Sequence[NDArray[np.float32]],
    captions: Sequence[str],
    *,
    columns: int = 8,
    cell: int = 256,
) -> Image.Image:
    """Pictures in rows, with their captions beneath.

    Args:
        pictures: Each (height, width, 3), 0 … 1.
        captions: In the same order.
        columns: Pictures a row.
        cell: Pixels of a picture's side on the sheet.
    """
    rows = -(-len(pictures) // columns)
    page = Image.new("RGB", (columns * cell, rows * (cell + _CAPTION)), "white")
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(11)
    for index, (picture, text) in enumerate(zip(pictures, captions, strict=True)):
        image = Image.fromarray((picture.clip(0, 1) * 255).round().astype(np.uint8))
        x, y = index % columns * cell, index // columns * (cell + _CAPTION)
        page.paste(image.resize((cell, cell), Image.Resampling.LANCZOS), (x, y))
        lines = "\n".join(textwrap.wrap(text, 46)[:2])
        pen.multiline_text((x + 3, y + cell + 2), lines, fill="black", font=font, spacing=1)
    return page


def report_text(document: Mapping[str, Any], sheets: Mapping[str, str]) -> str:
    """The report in Markdown.

    Args:
        document: As `evaluation.json` has it.
        sheets: Names of contact sheets by what drew them.
    """
    lines = [f"# Evaluation of the preset `{document['preset']}`", ""]
    spent = {k: v for k, v in document["training_seconds"].items() if v is not None}
    lines += ["Trained for " + ", ".join(f"{v / 60:.1f} min ({k})" for k, v in spent.items()), ""]
    if document["autoencoder"]:
        figures = document["autoencoder"]
        lines += [
            f"Autoencoder: {figures['psnr']:.1f} dB, edge error {figures['edge_error']:.1%}.",
            "",
        ]
    judge = document["judge"]
    lines += [
        f"The judge finds what is in composed pictures, and only that, to {judge['accuracy']:.1%}"
        + ("." if judge["fit"] else f": below {judge['needed']:.0%}, so it is not fit to judge."),
        "",
        "Shares in per cent, with the number of cases. `composed` is the probe's own accuracy.",
        "",
        "| pictures | " + " | ".join(name.replace("_", " ") for name in _COLUMNS) + " |",
        "|---" * (len(_COLUMNS) + 1) + "|",
    ]
    for name, figures in document["results"].items():
        if not name.endswith(("/speed", "/autoencoder")):
            lines.append(f"| {name} | " + " | ".join(_cell(figures, c) for c in _COLUMNS) + " |")
    lines.append("")
    for name, figures in document["results"].items():
        if "seconds_per_picture" in figures:
            seconds, threads = figures["seconds_per_picture"], figures["threads"]
            lines.append(f"{name}: {seconds:.2f} s a picture on {threads} threads.")
        if "psnr" in figures:
            lines.append(
                f"{name}: {figures['psnr']:.1f} dB in its own size, edge error "
                f"{figures['edge_error']:.1%}."
            )
    lines += ["", *(f"![{name}]({path})" for name, path in sheets.items())]
    return "\n".join(lines) + "\n"


def _cell(figures: Mapping[str, Mapping[str, float]], column: str) -> str:
    if column not in figures:
        return "–"
    figure = figures[column]
    return f"{100 * figure['share']:.1f} ({figure['cases']:.0f})"
