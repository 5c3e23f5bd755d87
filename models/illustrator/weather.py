"""What falls from the sky or hangs in the air, drawn over or behind the subjects."""
# ruff: noqa: E501 - path data reads better unbroken

from models.illustrator.canvas import Canvas
from models.illustrator.scene import Mood, Weather


def overlay(c: Canvas) -> list[str]:
    """The layer in front of everything: rain, snow, mist, sparkles. Empty indoors."""
    parts: list[str] = []
    weather = c.light.weather
    area = c.width * c.height / (1024 * 768)
    if weather in {Weather.RAIN, Weather.STORM}:
        d = []
        lean = 10 if weather == Weather.RAIN else 22
        for _ in range(int((110 if weather == Weather.RAIN else 150) * area)):
            x, y = c.chance.random() * (c.width + 40), c.chance.random() * c.height
            length = c.chance.uniform(16, 34)
            d.append(f"M{x:.0f} {y:.0f}l{-lean} {length:.0f}l2.4 0l{lean} {-length:.0f}z")
        parts.append(c.path("".join(d), "#d5e6f7", ' fill-opacity=".72"'))
    if weather == Weather.SNOW:
        d = []
        for _ in range(int(120 * area)):
            x, y = c.chance.random() * c.width, c.chance.random() * c.height
            r = c.chance.choice((2.5, 3.5, 5.0, 6.5))
            d.append(f"M{x - r:.0f} {y:.0f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0")
        parts.append(c.path("".join(d), "#ffffff", ' fill-opacity=".92"'))
    if weather == Weather.WIND:
        gusts = "".join(
            f"M{x:.0f} {y:.0f}h{w:.0f}q22 0 22 -16t-16 -12"
            for x, y, w in (
                (
                    c.width * c.chance.random() * 0.8,
                    c.horizon * c.chance.random(),
                    c.chance.uniform(70, 150),
                )
                for _ in range(5)
            )
        )
        parts.append(
            f'<path d="{gusts}" fill="none" stroke="#ffffff" stroke-width="5" stroke-linecap="round" stroke-opacity=".7"/>'
        )
    return parts


def haze(c: Canvas) -> list[str]:
    """Fog between the backdrop and the subjects, lightning behind them."""
    parts: list[str] = []
    if c.light.weather == Weather.FOG:
        fill = "#e9eef2" if not c.light.is_night else "#8a95b8"
        for y, share in ((0.5, 0.34), (0.62, 0.3), (0.78, 0.22)):
            x = c.width * c.chance.uniform(0.3, 0.7)
            parts.append(
                c.ellipse(
                    x,
                    c.height * y,
                    c.width * 0.75,
                    c.height * 0.09,
                    fill,
                    f' fill-opacity="{share}"',
                )
            )
        parts.append(c.rect(0, 0, c.width, c.height, fill).replace("/>", ' fill-opacity=".12"/>'))
    if c.light.weather == Weather.STORM:
        x = c.width * c.chance.choice((0.15, 0.82))
        parts.append(
            c.path(f"M{x:.0f} 20l-38 120h34l-40 110l92 -140h-36l40 -90z", "#ffe97a")
            + c.ellipse(x, 140, 150, 130, "#fff6c8", ' fill-opacity=".12"')
        )
    if c.light.mood == Mood.MAGICAL:
        parts.append(_sparkles(c))
    return parts


def _sparkles(c: Canvas) -> str:
    d = []
    for _ in range(int(16 * c.width / 1024)):
        x, y = c.chance.random() * c.width, c.chance.random() * c.height * 0.8
        r = c.chance.choice((7, 10, 14))
        q = r * 0.2
        d.append(
            f"M{x:.0f} {y - r:.0f}l{q:.1f} {r - q:.1f}l{r - q:.1f} {q:.1f}l{q - r:.1f} {q:.1f}l{-q:.1f} {r - q:.1f}"
            f"l{-q:.1f} {q - r:.1f}l{q - r:.1f} {-q:.1f}l{r - q:.1f} {-q:.1f}z"
        )
    return c.path("".join(d), "#fff2b0", ' fill-opacity=".9"')
