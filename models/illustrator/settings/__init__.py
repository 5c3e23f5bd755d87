"""Every setting that can be drawn, by name."""

from collections.abc import Callable

from models.illustrator.canvas import Canvas
from models.illustrator.scene import Setting
from models.illustrator.settings import (
    beyond,
    festive,
    halls,
    home,
    land,
    shores,
    town,
    water,
    wild,
)
from models.illustrator.settings.stage import Stage

SETTINGS: dict[Setting, Callable[[Canvas], Stage]] = {
    Setting.FOREST: wild.forest,
    Setting.MEADOW: land.meadow,
    Setting.HILLS: land.hills,
    Setting.MOUNTAINS: land.mountains,
    Setting.DESERT: wild.desert,
    Setting.SAVANNA: wild.savanna,
    Setting.JUNGLE: wild.jungle,
    Setting.SNOW: wild.snow,
    Setting.SWAMP: wild.swamp,
    Setting.FARM: land.farm,
    Setting.GARDEN: land.garden,
    Setting.PARK: land.park,
    Setting.SEA: water.sea,
    Setting.BEACH: water.beach,
    Setting.ISLAND: water.island,
    Setting.UNDERWATER: water.underwater,
    Setting.LAKE: shores.lake,
    Setting.RIVER: shores.river,
    Setting.HARBOUR: shores.harbour,
    Setting.SHIP_DECK: shores.ship_deck,
    Setting.ROAD: town.road,
    Setting.VILLAGE: town.village,
    Setting.CITY: town.city,
    Setting.MARKET: town.market,
    Setting.CIRCUS: festive.circus,
    Setting.CASTLE: festive.castle,
    Setting.BEDROOM: home.bedroom,
    Setting.LIVING_ROOM: home.living_room,
    Setting.KITCHEN: home.kitchen,
    Setting.THRONE_ROOM: halls.throne_room,
    Setting.SCHOOL: halls.school,
    Setting.LIBRARY: halls.library,
    Setting.SHOP: halls.shop,
    Setting.WORKSHOP: home.workshop,
    Setting.CAVE: wild.cave,
    Setting.TRAIN: halls.train,
    Setting.SKY: beyond.sky,
    Setting.SPACE: beyond.space,
    Setting.MOON: beyond.moon,
}

_ASHORE: dict[Setting, Callable[[Canvas], Stage]] = {Setting.SEA: water.coast}

INDOORS = frozenset(
    {
        Setting.BEDROOM, Setting.LIVING_ROOM, Setting.KITCHEN, Setting.THRONE_ROOM, Setting.SCHOOL,
        Setting.LIBRARY, Setting.SHOP, Setting.WORKSHOP, Setting.TRAIN, Setting.CIRCUS,
        Setting.CAVE,
    }
)  # fmt: skip


def stage_for(setting: Setting, canvas: Canvas, *, buildings: bool) -> Stage:
    """The stage of a setting; of the sea its coast, where `buildings` have to stand on land."""
    draw = _ASHORE.get(setting, SETTINGS[setting]) if buildings else SETTINGS[setting]
    return draw(canvas)
