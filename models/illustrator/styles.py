"""The looks a picture can have: flat, and cut from paper.

A style changes how finished shapes are put on the page. It knows neither scenes nor art.
"""

import random
import re
from dataclasses import dataclass

from models.illustrator.canvas import Canvas
from models.illustrator.light import mix, repainted

_OPACITY = re.compile(r' (fill-|stroke-)?opacity="[^"]*"')
_GRADIENT = re.compile(r"<(linear|radial)Gradient.*?</\1Gradient>", re.DOTALL)
_GRADED = re.compile(r' fill="url\(#[^"]*"')


@dataclass(frozen=True, slots=True)
class Style:
    """The flat look: shapes as they are."""

    name: str = "flat"

    def scenery(self, parts: list[str], canvas: Canvas) -> list[str]:
        """The backdrop's parts, from far to near."""
        del canvas
        return parts

    def subject(self, body: str, canvas: Canvas) -> str:
        """One subject with its shadow."""
        del canvas
        return body

    def surface(self, canvas: Canvas) -> str:
        """What lies over the whole page."""
        del canvas
        return ""


@dataclass(frozen=True, slots=True)
class Paper(Style):
    """Cut paper: every layer throws a soft shadow on the one behind, on grained card."""

    name: str = "paper"

    def scenery(self, parts: list[str], canvas: Canvas) -> list[str]:
        """Each layer but the sky with the shadow of its upper edge."""
        layered = parts[:1]
        for part in parts[1:]:
            if part.startswith("<path") and part.endswith("H0Z" + part[part.rfind('" fill') :]):
                dark = _silhouette(part, _shadow(canvas))
                layered += [
                    dark.replace(
                        "<path", f'<path transform="translate(0 {-rise})" fill-opacity="{share}"'
                    )
                    for rise, share in ((9, 0.08), (5, 0.10), (2, 0.12))
                ]
            layered.append(part)
        return layered

    def subject(self, body: str, canvas: Canvas) -> str:
        """The subject with a paper rim and a shadow to the lower right."""
        cut = _solid(body)
        dark = _silhouette(cut, _shadow(canvas))
        shadow = f'<g transform="translate(6 7)" opacity="0.24">{dark}</g>'
        rim = _silhouette(cut, mix("#fffdf6", canvas.light.subject("#fffdf6"), 0.7))
        outline = rim.replace(
            "<g transform",
            '<g stroke="#fffdf6" stroke-width="1.4" stroke-linejoin="round" transform',
            1,
        )
        return shadow + outline + body

    def surface(self, canvas: Canvas) -> str:
        """Fibres and grain, the same on every page."""
        grain = random.Random(7)  # noqa: S311 - the same paper every time
        light: list[str] = []
        dark: list[str] = []
        for i in range(int(420 * canvas.width * canvas.height / (1024 * 768))):
            x, y = grain.random() * canvas.width, grain.random() * canvas.height
            length = grain.uniform(3, 11)
            (light if i % 2 else dark).append(
                f"M{x:.0f} {y:.0f}l{length:.0f} {grain.uniform(-4, 4):.0f}l1 1.500z"
            )
        return (
            f'<path d="{"".join(light)}" fill="#ffffff" fill-opacity=".16"/>'
            f'<path d="{"".join(dark)}" fill="#3a2a20" fill-opacity=".09"/>'
        )


def _shadow(canvas: Canvas) -> str:
    """The colour of what paper throws on paper."""
    return "#120c26" if canvas.light.is_night else "#2a1c30"


def _silhouette(body: str, colour: str) -> str:
    """A drawing in one colour."""
    return repainted(body, lambda _: colour)


def _solid(body: str) -> str:
    """What of a drawing is paper: all of it but gradients, which are beams and gleams.

    Without them, too, the drawing's own gradients are the only ones of their names.
    """
    return _GRADED.sub(' fill="none" stroke="none"', _GRADIENT.sub("", _OPACITY.sub("", body)))


_STYLES: dict[str, Style] = {"flat": Style(), "paper": Paper()}


def style_named(words: str) -> Style:
    """The style that the words name ("paper", "cut-out", "collage"); flat when they name none."""
    lowered = words.lower()
    if any(word in lowered for word in ("paper", "cut-out", "cutout", "collage", "papier")):
        return _STYLES["paper"]
    return _STYLES["flat"]
