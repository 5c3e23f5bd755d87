"""Clothes and hats in SVG, cut for the figures of `figures`: shoulders at y = 44, feet at y = 97.

An outfit gives what is drawn behind the head's body, what in front, and how low it reaches. A hat
gives what is drawn behind the head, what in front, and its top, for a head whose top is at y = 2.
"""
# ruff: noqa: E501 - path data reads better unbroken

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloth:
    """A set of clothes: the main colour, its shadow, and the trousers."""

    main: str
    dark: str
    trousers: str


Outfit = Callable[[Cloth, str], tuple[str, str, float]]
Hat = Callable[[Cloth], tuple[str, str, float]]

_TORSO = "M38 46q0-5 6-5h12q6 0 6 5l1 26h-26z"


def _arms(sleeve: str, skin: str) -> str:
    return (
        f'<circle cx="30" cy="68" r="4.3" fill="{skin}"/><circle cx="70" cy="68" r="4.3" fill="{skin}"/>'
        f'<path d="M41 46.500L32 65M59 46.500L68 65" stroke="{sleeve}" stroke-width="8.500" stroke-linecap="round"/>'
    )


def _legs(colour: str, shoe: str = "#3a2a25", top: float = 70, boots: float = 92) -> str:
    return (
        f'<path fill="{colour}" d="M39 {top}h10v24h-10zM51 {top}h10v24h-10z"/>'
        f'<path fill="{shoe}" d="M34.500 97a4 4 0 0 1 4.500-4.500V{boots}h10v5zM65.500 97a4 4 0 0 0-4.500-4.500V{boots}H51v5z"/>'
    )


def _torso(colour: str, bottom: float = 72) -> str:
    return f'<path fill="{colour}" d="M38 46q0-5 6-5h12q6 0 6 5l1 {bottom - 46:g}H37z"/>'


def _trousers(c: Cloth, skin: str) -> tuple[str, str, float]:
    return _arms(c.main, skin) + _legs(c.trousers), _torso(c.main) + _collar(c.dark), 97


def _collar(colour: str) -> str:
    return f'<path fill="{colour}" d="M43 41h14l-7 8z"/>'


def _shorts(c: Cloth, skin: str) -> tuple[str, str, float]:
    legs = (
        _legs(skin, c.dark)
        + f'<path fill="{c.trousers}" d="M37.500 69h25l.5 12H51l-1-5l-1 5H37z"/>'
    )
    stripe = f'<path fill="{c.dark}" d="M37.600 55h24.800l.2 5H37.400z"/>'
    return _arms(c.main, skin) + legs, _torso(c.main) + stripe, 97


def _dress(c: Cloth, skin: str) -> tuple[str, str, float]:
    body = f'<path fill="{c.main}" d="M39 46q0-5 6-5h10q6 0 6 5l7 36q-18 5-36 0z"/>'
    hem = f'<path fill="{c.dark}" d="M32.800 77.500l-.8 4.500q18 5 36 0l-.8-4.500q-17 5-34.400 0zM44 41h12l-6 6z"/>'
    return _arms(c.main, skin) + _legs(skin, c.dark, 76), body + hem, 97


def _skirt(c: Cloth, skin: str) -> tuple[str, str, float]:
    skirt = f'<path fill="{c.trousers}" d="M38 66h24l5 18q-17 4-34 0z"/>'
    return (
        _arms(c.main, skin) + _legs(skin, "#3a2a25", 78),
        skirt + _torso(c.main, 69) + _collar(c.dark),
        97,
    )


def _longdress(c: Cloth, skin: str) -> tuple[str, str, float]:
    body = f'<path fill="{c.main}" d="M39 46q0-5 6-5h10q6 0 6 5l9 48q-20 5-40 0z"/>'
    apron = '<path fill="#f6efe2" d="M43 60h14l4 29q-11 3-22 0z"/><path fill="#f6efe2" d="M42 41h16l-8 7z"/>'
    return _arms(c.dark, skin), body + apron, 97


def _gown(c: Cloth, skin: str) -> tuple[str, str, float]:
    body = (
        f'<path fill="{c.main}" d="M39 46q0-5 6-5h10q6 0 6 5l-1 16l14 32q-24 6-48 0l14-32z"/>'
        f'<path fill="{c.dark}" d="M46 62h8l7 34q-11 1.500-22 0z"/><path fill="#fcc21b" d="M40 60h20v3.500H40z"/>'
        '<circle cx="50" cy="48" r="2.200" fill="#fcc21b"/>'
    )
    return _arms(c.main, skin), body, 97


def _robe(c: Cloth, skin: str) -> tuple[str, str, float]:
    body = f'<path fill="{c.main}" d="M39 46q0-5 6-5h10q6 0 6 5l9 48q-20 5-40 0z"/>'
    return _arms(c.main, skin), body + f'<path fill="{c.dark}" d="M37 66h26l.6 4H36.400z"/>', 97


def _royal(c: Cloth, skin: str) -> tuple[str, str, float]:
    cape = '<path fill="#8d1430" d="M37 44h26l12 50q-25 5-50 0z"/>'
    body = (
        '<path fill="#c2183c" d="M39 46q0-5 6-5h10q6 0 6 5l5 44q-16 4-32 0z"/>'
        '<path fill="#fff" d="M46 44h8l3 48q-7 1.200-14 0z"/><path fill="#fcc21b" d="M37 64h26l.4 4.500H36.600z"/>'
        '<path fill="#fff" d="M35 46q3-7 15-7t15 7q-3 5-15 5t-15-5"/>'
        '<path fill="#321b41" d="M39 45h1.500v2H39zM45 47.500h1.500v2H45zM53.500 47.500H55v2h-1.500zM59.500 45H61v2h-1.500z"/>'
    )
    return cape + _arms("#c2183c", skin), body, 97


def _coat(c: Cloth, skin: str) -> tuple[str, str, float]:
    coat = _torso(c.main, 82) + f'<path fill="{c.dark}" d="M49 46h2v36h-2z"/>' + _collar(c.dark)
    dots = "".join(f'<circle cx="54" cy="{y}" r="1.200" fill="#fff"/>' for y in (54, 62, 70))
    return _arms(c.main, skin) + _legs(c.trousers), coat + dots, 97


def _dungarees(c: Cloth, skin: str) -> tuple[str, str, float]:
    bib = (
        f'<path fill="{c.trousers}" d="M42 53h16v14h4.800l.2 6H37l.2-6H42z"/>'
        f'<path stroke="{c.trousers}" stroke-width="3" d="M43.500 54l-3-12M56.500 54l3-12" fill="none"/>'
        '<circle cx="44" cy="55.500" r="1.200" fill="#fcd53f"/><circle cx="56" cy="55.500" r="1.200" fill="#fcd53f"/>'
    )
    return _arms(c.main, skin) + _legs(c.trousers), _torso(c.main) + bib, 97


def _onesie(c: Cloth, skin: str) -> tuple[str, str, float]:
    body = (
        f'<ellipse cx="50" cy="60" rx="16" ry="19" fill="{c.main}"/>'
        f'<ellipse cx="40" cy="78" rx="8" ry="6" fill="{c.dark}"/><ellipse cx="60" cy="78" rx="8" ry="6" fill="{c.dark}"/>'
    )
    arms = (
        f'<circle cx="31" cy="62" r="4" fill="{skin}"/><circle cx="69" cy="62" r="4" fill="{skin}"/>'
        f'<path d="M41 49L33 59M59 49L67 59" stroke="{c.main}" stroke-width="8.500" stroke-linecap="round"/>'
    )
    return arms, body, 84


def _armour(c: Cloth, skin: str) -> tuple[str, str, float]:
    del skin
    steel, dark = "#b9c0cc", "#8b93a3"
    body = (
        f'<path fill="{steel}" d="{_TORSO}"/><path fill="{dark}" d="M49.200 42h1.600v24h-1.600z"/>'
        f'<path fill="{c.main}" d="M42 66h16l2 16l-10 4l-10-4z"/><path fill="#fcc21b" d="M37 64h26v4H37z"/>'
        f'<circle cx="38" cy="46" r="6" fill="{dark}"/><circle cx="62" cy="46" r="6" fill="{dark}"/>'
    )
    return _arms(steel, dark) + _legs(dark, "#6a7282", 70, 84), body, 97


def _stripes(colour: str) -> str:
    return f'<path fill="{colour}" d="M37.900 49h24.200v4H37.800zM37.600 57h24.800v4H37.500zM37.300 65h25.400v4H37.200z"/>'


def _sailor(c: Cloth, skin: str) -> tuple[str, str, float]:
    del c
    tie = '<path fill="#1f4f9c" d="M40 41h20l-10 9z"/><path fill="#e8433f" d="M48 48h4l2 8h-8z"/>'
    return _arms("#fff", skin) + _legs("#1f4f9c"), _torso("#fff") + _stripes("#4a86d8") + tie, 97


def _uniform(c: Cloth, skin: str) -> tuple[str, str, float]:
    del c
    buttons = "".join(f'<circle cx="50" cy="{y}" r="1.300" fill="#fcd53f"/>' for y in (50, 57, 64))
    strap = '<path fill="#8c5543" d="M38 44l3-3l22 24l-.6 5z"/>'
    return _arms("#2a4b8d", skin) + _legs("#20386b"), _torso("#2a4b8d") + strap + buttons, 97


def _apron(c: Cloth, skin: str) -> tuple[str, str, float]:
    apron = '<path fill="#f1e3c8" d="M43 47h14v9h4.500l1.500 25q-13 3-26 0l1.500-25H43z"/><path fill="#d8c49c" d="M45 66h10v7H45z"/>'
    return _arms(c.main, skin) + _legs(c.trousers), _torso(c.main) + apron, 97


def _vest(c: Cloth, skin: str) -> tuple[str, str, float]:
    vest = '<path fill="#8c5a3a" d="M38 46q0-5 6-5l3 31H37zM62 46q0-5-6-5l-3 31h10z"/><path fill="#5b3a2a" d="M37 68h26v4H37z"/>'
    return (
        _arms("#f6efe2", skin) + _legs(c.trousers, "#5b3a2a", 70, 86),
        _torso("#f6efe2") + vest + _scarf(c),
        97,
    )


def _scarf(c: Cloth) -> str:
    return f'<path fill="{c.main}" d="M42 41h16l-8 9z"/>'


def _striped(c: Cloth, skin: str) -> tuple[str, str, float]:
    del c
    return _arms("#e9e4ee", skin) + _legs("#33304a"), _torso("#e9e4ee") + _stripes("#33304a"), 97


def _pirate(c: Cloth, skin: str) -> tuple[str, str, float]:
    coat = (
        f'<path fill="{c.main}" d="M38 46q0-5 6-5l2 41H35zM62 46q0-5-6-5l-2 41h11z"/>'
        '<path fill="#3a2a25" d="M37 66h26v4H37z"/><path fill="#fcc21b" d="M47 65h6v6h-6z"/>'
    )
    shirt = _torso("#f6efe2") + _stripes("#d23f3f")
    return _arms(c.main, skin) + _legs("#3d3a55", "#3a2a25", 70, 82), shirt + coat, 97


def _witch(c: Cloth, skin: str) -> tuple[str, str, float]:
    cape = '<path fill="#2b1a3d" d="M38 44h24l12 48q-24 6-48 0z"/>'
    body = (
        f'<path fill="#5b3c88" d="M39 46q0-5 6-5h10q6 0 6 5l7 48q-18 4-36 0z"/><path fill="{c.main}" d="M37 64h26l.6 4.500H36.400z"/>'
        '<path fill="#fcc21b" d="M47.500 63.500h5v5.500h-5z"/><path fill="#2b1a3d" d="M40 42h20l-10 8z"/>'
    )
    return cape + _arms("#5b3c88", skin), body, 97


def _gnome(c: Cloth, skin: str) -> tuple[str, str, float]:
    coat = f'<path fill="{c.main}" d="M37 47q0-6 7-6h12q7 0 7 6l3 33H34z"/><path fill="#5b3a2a" d="M35.500 66h29l.4 5H35z"/>'
    return (
        _arms(c.main, skin) + _legs("#6d4c3a", "#3a2a25", 74, 84),
        coat + '<path fill="#fcc21b" d="M47 65.500h6v6h-6z"/>',
        97,
    )


def _giant(c: Cloth, skin: str) -> tuple[str, str, float]:
    tunic = f'<path fill="{c.main}" d="M36 47q0-6 8-6h12q8 0 8 6l3 34l-5.500-4l-5.500 5l-6-5l-6 5l-5.500-5L33 81z"/>'
    return (
        _arms(skin, skin) + _legs("#6d4c3a", "#4a2f25", 74, 84),
        tunic + '<path fill="#5b3a2a" d="M35 65h30v5H35z"/>',
        97,
    )


def _clown(c: Cloth, skin: str) -> tuple[str, str, float]:
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="2.600" fill="{f}"/>'
        for x, y, f in (
            (44, 56, "#fcd53f"),
            (56, 60, "#2f8fdd"),
            (46, 68, "#3fa65a"),
            (57, 73, "#fcd53f"),
        )
    )
    ruff = '<path fill="#fff" d="M34 44q4-6 8-2q4-5 8-1q4-4 8 1q4-4 8 2q-4 6-8 3q-4 4-8 1q-4 3-8-1q-4 3-8-3"/>'
    shoes = '<ellipse cx="41" cy="94" rx="10" ry="4" fill="#e8433f"/><ellipse cx="59" cy="94" rx="10" ry="4" fill="#e8433f"/>'
    return _arms(c.main, skin) + _legs(c.dark) + shoes, _torso(c.main, 78) + dots + ruff, 98


def _angel(c: Cloth, skin: str) -> tuple[str, str, float]:
    del c
    wing = '<path fill="#fff" stroke="#d5dbe8" stroke-width="1" d="M42 52C28 34 10 36 6 44c4 0 4 4 2 5c4 0 5 4 3 6c4 0 6 4 4 6c8 2 20 2 27-3z"/>'
    wings = wing + f'<g transform="translate(100 0) scale(-1 1)">{wing}</g>'
    gown = '<path fill="#fff8e8" d="M39 46q0-5 6-5h10q6 0 6 5l8 46q-19 5-38 0z"/><path fill="#fcc21b" d="M38 62h24v3H38z"/>'
    return wings + _arms("#fff8e8", skin), gown, 96


def _santa(c: Cloth, skin: str) -> tuple[str, str, float]:
    del c, skin
    coat = (
        '<path fill="#e02b35" d="M35 48q0-7 9-7h12q9 0 9 7l2 32H33z"/><path fill="#fff" d="M32 77h36v5.500H32zM47.500 46h5v33h-5z"/>'
        '<path fill="#2b2233" d="M34 65h32v5H34z"/><path fill="#fcc21b" d="M46 64h8v7h-8z"/>'
    )
    return _arms("#e02b35", "#fff") + _legs("#b51f2b", "#2b2233", 74, 84), coat, 97


def _spacesuit(c: Cloth, skin: str) -> tuple[str, str, float]:
    del skin
    suit = (
        _torso("#8fb8c9")
        + f'<rect x="44" y="52" width="12" height="9" rx="2" fill="{c.main}"/><circle cx="47" cy="56.500" r="1.500" fill="#fff"/>'
    )
    return _arms("#8fb8c9", "#5db04f") + _legs("#6d97a8", "#4a6f80"), suit, 97


def _robot(c: Cloth, skin: str) -> tuple[str, str, float]:
    del skin
    body = (
        '<rect x="34" y="41" width="32" height="34" rx="5" fill="#b4acbc"/><rect x="40" y="48" width="20" height="15" rx="2" fill="#e6e6ee"/>'
        f'<circle cx="45" cy="55" r="3" fill="{c.main}"/><path stroke="#636" stroke-width="1.500" d="M51 52h6M51 55.500h6M51 59h6"/>'
        '<path fill="#998ea4" d="M37 67h26v3H37z"/>'
    )
    return _arms("#998ea4", "#636b7a") + _legs("#998ea4", "#636b7a", 74), body, 97


OUTFITS: dict[str, Outfit] = {
    "trousers": _trousers, "shorts": _shorts, "dress": _dress, "skirt": _skirt, "longdress": _longdress,
    "gown": _gown, "robe": _robe, "royal": _royal, "coat": _coat, "dungarees": _dungarees,
    "onesie": _onesie, "armour": _armour, "sailor": _sailor, "uniform": _uniform, "apron": _apron,
    "vest": _vest, "striped": _striped, "pirate": _pirate, "witch": _witch, "gnome": _gnome,
    "giant": _giant, "clown": _clown, "angel": _angel, "santa": _santa, "spacesuit": _spacesuit,
    "robot": _robot,
}  # fmt: skip
