"""Pictures: complete, whole, deterministic, and lit as the scene says."""

import itertools
import random
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.illustrator.actors import cast, look_for
from models.illustrator.canvas import Canvas
from models.illustrator.composer import compose
from models.illustrator.grid import SENTENCES, sheet
from models.illustrator.layout import arrange
from models.illustrator.library import Library
from models.illustrator.light import Light
from models.illustrator.parser import parse
from models.illustrator.placed import Placed
from models.illustrator.recolour import COLOURS
from models.illustrator.scene import Framing, Scene, Season, Setting, Subject, TimeOfDay, Weather
from models.illustrator.settings import SETTINGS

LIBRARY = Library.load()
STORY = SENTENCES.read_text(encoding="utf-8").strip().splitlines()
SVG = "{http://www.w3.org/2000/svg}"


def test_every_setting_has_a_drawing() -> None:
    assert set(SETTINGS) == set(Setting)


@pytest.mark.parametrize("setting", list(Setting))
def test_every_setting_draws_at_every_hour_weather_and_season(setting: Setting) -> None:
    hours = itertools.cycle(TimeOfDay)
    seasons = itertools.cycle(Season)
    for weather in Weather:
        scene = Scene((Subject("fox"),), setting, next(hours), weather, next(seasons))
        picture = compose(scene, width=128, height=96, seed=3)
        assert picture.scene.setting == setting
        assert picture.drawn == ("fox",)
        ET.fromstring(picture.svg())  # well-formed
        assert picture.render().std() > 10  # not one flat colour


def test_the_same_request_gives_the_same_bytes_and_another_seed_another_picture() -> None:
    scene = parse(STORY[0]).scene
    first = compose(scene, width=320, height=240, seed=5)
    assert compose(scene, width=320, height=240, seed=5).svg() == first.svg()
    assert np.array_equal(compose(scene, width=320, height=240, seed=5).render(), first.render())
    others = {compose(scene, width=320, height=240, seed=seed).svg() for seed in range(8)}
    assert len(others) == 8


@pytest.mark.parametrize(
    ("width", "height"), [(64, 64), (1024, 768), (1280, 720), (96, 640), (640, 96), (333, 517)]
)
def test_any_size_and_aspect(width: int, height: int) -> None:
    pixels = compose(parse(STORY[2]).scene, width=width, height=height).render()
    assert pixels.shape == (height, width, 3)
    assert pixels.dtype == np.uint8


def test_layers_are_the_picture_taken_apart() -> None:
    picture = compose(parse("A fox and a rabbit in the forest.").scene, width=320, height=240)
    layers = picture.layers()
    assert layers[0].name == "background"
    assert layers[-1].name == "foreground"
    assert {layer.name for layer in layers[1:-1]} == {"fox", "rabbit"}
    whole = [child for layer in layers for child in ET.fromstring(layer.svg)]
    assert len(whole) == len(list(ET.fromstring(picture.svg())))


def _placed(text: str, seed: int) -> tuple[Canvas, list[Placed]]:
    scene = parse(text).scene
    actors, _ = cast(scene, LIBRARY, seed)
    canvas = Canvas(1024, 768, Light(), Season.SUMMER, random.Random(seed), LIBRARY)
    setting = Setting(scene.setting) if scene.setting in set(Setting) else Setting.MEADOW
    stage = SETTINGS[setting](canvas)
    return canvas, list(arrange(actors, stage, canvas, Framing.MEDIUM))


@pytest.mark.parametrize("text", STORY)
def test_nothing_named_is_cut_or_hidden(text: str) -> None:
    for seed in (1, 2):
        canvas, placed = _placed(text, seed)
        for one in placed:
            assert min(one.x, one.y) >= 0, (text, one.actor.item.key)
            assert one.x + one.width <= canvas.width, (text, one.actor.item.key)
            assert one.foot <= canvas.height, (text, one.actor.item.key)
            assert max(one.width, one.height) >= 0.05 * 768
        free = [p for p in placed if p.element == "ground" and not p.actor.words.relation]
        near = [p for p in free if not p.actor.has("tall") and p.actor.item.kind != "furniture"]
        for one, other in itertools.combinations(near, 2):
            assert one.overlap(other) < 0.25, (text, one.actor.item.key, other.actor.item.key)


def test_who_jumps_leaves_the_ground_and_its_shadow() -> None:
    scene = Scene((Subject("frog", pose="jumping"), Subject("rabbit")), "meadow")
    layers = {one.name: one for one in compose(scene, width=400, height=300, seed=4).layers()}
    still = Scene((Subject("frog"), Subject("rabbit")), "meadow")
    ground = {one.name: one for one in compose(still, width=400, height=300, seed=4).layers()}
    jump, stand = (layers["frog"].box, ground["frog"].box)
    assert jump is not None
    assert stand is not None
    assert jump[3] < stand[3] - 0.2 * (stand[3] - stand[1])
    shadows = [one["frog"].render()[..., 3] > 0 for one in (layers, ground)]
    assert np.abs(np.argwhere(shadows[0]).max(0)[0] - np.argwhere(shadows[1]).max(0)[0]) <= 2


def test_relations_are_drawn() -> None:
    _, placed = _placed("The cat sat on the table in the kitchen.", 1)
    by_key = {p.actor.item.key: p for p in placed}
    cat, table = by_key["cat"], by_key["table"]
    assert abs(cat.foot - table.y) < 0.12 * table.height
    assert table.x < cat.centre < table.x + table.width
    _, placed = _placed("A rabbit hid behind the house.", 1)
    assert [p.actor.item.key for p in placed] == ["rabbit", "house"]  # painted first: behind


def test_a_character_keeps_its_look_in_every_scene() -> None:
    sprites = set()
    for seed, setting in enumerate(("forest", "kitchen", "sea")):
        scene = Scene((Subject("boy", character="tom"), Subject("girl")), setting)
        actors, _ = cast(scene, LIBRARY, seed)
        sprites.add(actors[0].sprite.body)
    assert len(sprites) == 1
    assert len({look_for(name, 0, 0) for name in ("tom", "mia", "ann", "bob", "zoe")}) == 5


def test_people_whose_look_the_words_do_not_say_are_varied() -> None:
    tones = {look_for("", seed, 0).tone for seed in range(40)}
    assert tones == {0, 1, 2, 3, 4}


def test_colours_are_painted() -> None:
    plain = compose(Scene((Subject("car"),), "road"), width=256, height=192, seed=1).render()
    seen = {}
    for colour in ("red", "blue", "green", "yellow"):
        scene = Scene((Subject("car", colour=colour),), "road")
        picture = compose(scene, width=256, height=192, seed=1).render()
        seen[colour] = picture.astype(int)
    assert len({picture.tobytes() for picture in seen.values()}) == 4
    changed = np.abs(seen["blue"] - seen["green"]).sum(-1) > 40
    assert (seen["blue"][changed][:, 2] > seen["green"][changed][:, 2]).mean() > 0.8
    assert plain.shape == seen["red"].shape
    assert "red" in COLOURS


def test_night_is_dark_and_fog_is_pale() -> None:
    def level(time: str, weather: str) -> tuple[float, float]:
        scene = Scene((Subject("fox"),), "meadow", time, weather)
        pixels = compose(scene, width=256, height=192, seed=1).render()
        return float(pixels.mean()), float(pixels.std())

    assert level("night", "clear")[0] < 0.62 * level("day", "clear")[0]
    assert level("day", "fog")[1] < level("day", "clear")[1]


def test_what_is_excluded_is_not_even_decoration() -> None:
    scene = parse("An owl in the forest at night.").scene
    with_moon = compose(scene, width=256, height=192, seed=1)
    without = compose(scene, width=256, height=192, seed=1, without=("moon",))
    assert len(without.layers()[0].svg) < len(with_moon.layers()[0].svg)
    gone = compose(scene, width=256, height=192, without=("owl",))
    assert gone.drawn == ()


def test_nouns_that_the_library_lacks_are_said() -> None:
    picture = compose(Scene((Subject("zeppelin"), Subject("fox"))), width=64, height=64)
    assert (picture.drawn, picture.missing) == (("fox",), ("zeppelin",))


@pytest.mark.parametrize("noun", ["lighthouse", "violin", "phoenix"])
def test_paper_leaves_a_drawing_its_own_gradients(noun: str) -> None:
    scene = Scene((Subject(noun),), Setting.MEADOW, TimeOfDay.NIGHT)
    drawn = compose(scene, width=256, height=192, seed=1, style="paper").svg()
    named = [one.get("id") for one in ET.fromstring(drawn).iter() if "Gradient" in one.tag]
    assert named
    assert len(named) == len(set(named))


def test_paper_is_another_look() -> None:
    scene = parse(STORY[0]).scene
    flat = compose(scene, width=256, height=192, seed=1).render()
    paper = compose(scene, width=256, height=192, seed=1, style="paper cut-out").render()
    assert not np.array_equal(flat, paper)


def test_the_contact_sheet_holds_every_sentence() -> None:
    page = sheet(STORY[:4], columns=2, cell=(64, 48))
    assert page.size == (128, 2 * (48 + 30))


words = st.sampled_from(
    ["", "fox", "fish", "boat", "house", "moon", "child", "star", "xyzzy", "🦊"]
)
anything = st.sampled_from(["", "forest", "sea", "nowhere", "THRONE room", "space", "sky"])


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        Scene,
        subjects=st.lists(
            st.builds(
                Subject,
                noun=words,
                count=st.integers(-3, 400),
                colour=st.sampled_from(["", "red", "plaid"]),
                size=st.sampled_from(["", "large", "huge"]),
                place=st.sampled_from(["", "left", "background", "nowhere"]),
                relation=st.sampled_from(["", "on", "inside", "above", "holding", "around"]),
                relation_target=st.one_of(st.none(), st.integers(-2, 6)),
                pose=st.sampled_from(["", "flying", "sleeping", "dancing"]),
            ),
            max_size=5,
        ).map(tuple),
        setting=anything,
        time_of_day=st.sampled_from(["", "night", "teatime"]),
        weather=st.sampled_from(["", "rain", "plague"]),
        season=st.sampled_from(["", "winter", "fifth"]),
        mood=st.sampled_from(["", "spooky", "odd"]),
        framing=st.sampled_from(["", "wide", "odd"]),
    )
)
def test_any_scene_can_be_drawn(scene: Scene) -> None:
    picture = compose(scene, width=64, height=48, seed=1)
    assert picture.render().shape == (48, 64, 3)
