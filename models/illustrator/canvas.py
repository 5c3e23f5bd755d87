"""The virtual canvas a scene is drawn on, and the shapes that many settings share.

Units: the shorter side of the picture is always 768. Shapes are returned as SVG elements, already
lit. What a place consists of is the business of the `settings_*` modules.
"""
# ruff: noqa: E501 - path data reads better unbroken

import math
import random
from dataclasses import dataclass, field

from models.illustrator.library import Library
from models.illustrator.light import Light, mix
from models.illustrator.scene import Season, TimeOfDay, Weather

SIDE = 768.0
_UNDER = 3


@dataclass
class Canvas:
    """One picture under way: its measure, its light, its chance."""

    width: float
    height: float
    light: Light
    season: str
    chance: random.Random
    library: Library
    named: frozenset[str] = frozenset()
    """Library keys of the scene's subjects: scenery does not show them a second time."""
    horizon: float = field(init=False)

    def __post_init__(self) -> None:
        ground = 0.42 * self.height if self.height <= SIDE * 1.25 else 0.36 * self.height
        self.horizon = self.height - ground

    @property
    def winter(self) -> bool:
        """Whether snow lies."""
        return self.season == Season.WINTER or self.light.weather == Weather.SNOW

    def tone(self, colour: str, distance: float = 0.0) -> str:
        """A scenery colour in this light."""
        return self.light.scenery(colour, distance)

    def rect(  # noqa: PLR0917 - the order of SVG
        self, x: float, y: float, w: float, h: float, fill: str, radius: float = 0
    ) -> str:
        """A rectangle; `fill` is used as it is."""
        round_off = f' rx="{radius:g}"' if radius else ""
        return (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"{round_off} '
            f'fill="{fill}"/>'
        )

    def ellipse(  # noqa: PLR0917 - the order of SVG
        self, x: float, y: float, rx: float, ry: float, fill: str, extra: str = ""
    ) -> str:
        """An ellipse; `fill` is used as it is."""
        return (
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" fill="{fill}"{extra}/>'
        )

    def path(self, d: str, fill: str, extra: str = "") -> str:
        """A filled path; `fill` is used as it is."""
        return f'<path d="{d}" fill="{fill}"{extra}/>'

    def ridge(self, y: float, swing: float, waves: float, fill: str, bottom: float = 0) -> str:
        """A rolling line of ground about height `y`, filled down to `bottom` (the picture's)."""
        bottom = bottom or self.height
        phase = self.chance.random() * math.tau
        steps = max(6, int(waves * 5 * max(1.0, self.width / 1024)))
        step = self.width / steps
        heights = [
            y + swing * math.sin(phase + waves * math.tau * i / steps) for i in range(steps + 1)
        ]
        line = [f"M0 {heights[0]:.0f}"]
        for i in range(1, steps + 1):
            middle = (i - 0.5) * step
            line.append(
                f"C{middle:.0f} {heights[i - 1]:.0f} {middle:.0f} {heights[i]:.0f} "
                f"{i * step:.0f} {heights[i]:.0f}"
            )
        return self.path(f"{''.join(line)}V{bottom:.0f}H0Z", fill)

    def bands(self, top: float, bottom: float, stops: tuple[str, ...]) -> str:
        """A vertical gradient as thin flat strips: several times faster to render than a gradient."""
        count = max(8, min(72, int((bottom - top) / 9)))
        height = (bottom - top) / count
        parts = []
        for i in range(count):
            place = i / max(1, count - 1) * (len(stops) - 1)
            low = min(int(place), len(stops) - 2)
            fill = mix(stops[low], stops[low + 1], place - low)
            end = (
                self.height if i == count - 1 and bottom >= self.height else top + (i + 1) * height
            )
            # Each reaches under the next: edges that merely meet would show as lines.
            y0, y1 = round(top + i * height), round(end) + _UNDER * (i < count - 1)
            parts.append(f'<path d="M0 {y0}H{self.width:.0f}V{y1}H0Z" fill="{fill}"/>')
        return f"<g>{''.join(parts)}</g>"

    def sky(self, bottom: float | None = None, *, bare: bool = False) -> str:
        """The sky with what belongs to its hour: stars, a soft glow, clouds (not when `bare`)."""
        bottom = self.horizon + 40 if bottom is None else bottom
        parts = [self.bands(0, bottom, self.light.sky)]
        calm = self.light.weather in {Weather.CLEAR, Weather.WIND}
        if self.light.is_night and calm:
            parts.append(self.stars(bottom * 0.85))
        if self.light.time in {TimeOfDay.SUNSET, TimeOfDay.DAWN} and calm:
            x = self.width * self.chance.uniform(0.25, 0.75)
            for radius, share in ((250, 0.09), (205, 0.1), (165, 0.12), (125, 0.14), (92, 0.18)):
                parts.append(
                    self.ellipse(
                        x, bottom - 40, radius, radius * 0.8, "#fff0c0", f' fill-opacity="{share}"'
                    )
                )
            if "sun" not in self.named:
                parts.append(self.ellipse(x, bottom - 40, 56, 56, "#fff1c4"))
        if not bare:
            parts += self.clouds(bottom)
        return "".join(parts)

    def stars(self, bottom: float) -> str:
        """A field of stars down to `bottom`, as two paths."""
        small, large = [], []
        for _ in range(int(60 * self.width / 1024)):
            x, y = self.chance.random() * self.width, self.chance.random() ** 1.3 * bottom
            size = self.chance.choice((1.3, 1.7, 2.2))
            small.append(f"M{x - size:.0f} {y:.0f}l{size} -{size}l{size} {size}l-{size} {size}z")
        for _ in range(int(9 * self.width / 1024) + 1):
            x, y = self.chance.random() * self.width, self.chance.random() ** 1.3 * bottom
            r = self.chance.choice((6, 8))
            q = r * 0.22
            large.append(
                f"M{x:.0f} {y - r:.0f}l{q:.1f} {r - q:.1f}l{r - q:.1f} {q:.1f}l-{r - q:.1f} {q:.1f}"
                f"l-{q:.1f} {r - q:.1f}l-{q:.1f} -{r - q:.1f}l-{r - q:.1f} -{q:.1f}l{r - q:.1f} -{q:.1f}z"
            )
        return self.path("".join(small), "#dfe6ff") + self.path("".join(large), "#fff6cf")

    def clouds(self, bottom: float) -> list[str]:
        """Clouds to suit the weather, in the upper sky."""
        heavy = self.light.weather in {Weather.RAIN, Weather.STORM, Weather.CLOUDY, Weather.SNOW}
        count = self.chance.randint(4, 5) if heavy else self.chance.randint(1, 3)
        if self.light.is_night and not heavy:
            count = 1
        if self.light.weather == Weather.FOG:
            return []
        count = max(1, round(count * max(0.7, self.width / 1024)))
        share = 0.78 if not heavy else 0.42
        fill = mix(self.light.sky[1], "#ffffff", share if not self.light.is_night else 0.12)
        under = mix(self.light.sky[1], fill, 0.6)
        drawn = []
        for i in range(count):
            x = self.width * (i + self.chance.uniform(0.15, 0.85)) / count
            y = bottom * self.chance.uniform(0.08, 0.4)
            drawn.append(
                self.cloud(
                    x, y, self.chance.uniform(0.7, 1.25) * (1.5 if heavy else 1), fill, under
                )
            )
        return drawn

    def cloud(self, x: float, y: float, scale: float, fill: str, under: str) -> str:
        """One cloud of about 200 × 70 units, its middle at (x, y)."""
        shape = "M-96 30a26 26 0 0 1 4-52a44 44 0 0 1 78-22a36 36 0 0 1 62 18a29 29 0 0 1 40 56z"
        belly = "M-96 30a26 26 0 0 1-20-18q40 14 90 6t100 4a29 29 0 0 1 14 8z"
        return (
            f'<g transform="translate({x:.0f} {y:.0f}) scale({scale:.2f})">'
            f"{self.path(shape, fill)}{self.path(belly, under)}</g>"
        )

    def art(self, key: str, x: float, foot: float, height: float, distance: float = 0.0) -> str:
        """A piece of the library as scenery, standing at (x, foot), `height` tall."""
        if key in self.named and self.library.items[key].kind in {"building", "furniture", "sky"}:
            return ""
        name = self.library.items[key].art[0]
        drawing = self.library.drawings[name]
        left, top, right, bottom = drawing.box
        scale = height / (bottom - top)
        body = self.light.on_scenery(drawing.body, distance)
        return (
            f'<g transform="translate({x - (left + right) / 2 * scale:.1f} '
            f'{foot - bottom * scale:.1f}) scale({scale:.3f})">{body}</g>'
        )

    def shadow(self, x: float, y: float, half_width: float) -> str:
        """A soft ground shadow under something standing at (x, y)."""
        depth = 0.10 if self.light.is_night else 0.12
        ry = max(3.0, half_width * 0.16)
        return "".join(
            self.ellipse(
                x, y, half_width * share, ry * share, "#101030", f' fill-opacity="{depth}"'
            )
            for share in (1.08, 0.82)
        )
