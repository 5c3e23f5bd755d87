"""Every setting that can be drawn, by name."""

from collections.abc import Callable

from models.illustrator.canvas import Canvas
from models.illustrator.scene import Setting
from models.illustrator.settings import beyond, indoors, land, town, water
from models.illustrator.settings.stage import Stage

SETTINGS: dict[Setting, Callable[[Canvas], Stage]] = {
    Setting.FOREST: land.forest,
    Setting.MEADOW: land.meadow,
    Setting.HILLS: land.hills,
    Setting.MOUNTAINS: land.mountains,
    Setting.DESERT: land.desert,
    Setting.SAVANNA: land.savanna,
    Setting.JUNGLE: land.jungle,
    Setting.SNOW: land.snow,
    Setting.SWAMP: land.swamp,
    Setting.FARM: land.farm,
    Setting.GARDEN: land.garden,
    Setting.PARK: land.park,
    Setting.SEA: water.sea,
    Setting.BEACH: water.beach,
    Setting.ISLAND: water.island,
    Setting.UNDERWATER: water.underwater,
    Setting.LAKE: water.lake,
    Setting.RIVER: water.river,
    Setting.HARBOUR: water.harbour,
    Setting.SHIP_DECK: water.ship_deck,
    Setting.ROAD: town.road,
    Setting.VILLAGE: town.village,
    Setting.CITY: town.city,
    Setting.MARKET: town.market,
    Setting.CIRCUS: town.circus,
    Setting.CASTLE: town.castle,
    Setting.BEDROOM: indoors.bedroom,
    Setting.LIVING_ROOM: indoors.living_room,
    Setting.KITCHEN: indoors.kitchen,
    Setting.THRONE_ROOM: indoors.throne_room,
    Setting.SCHOOL: indoors.school,
    Setting.LIBRARY: indoors.library,
    Setting.SHOP: indoors.shop,
    Setting.WORKSHOP: indoors.workshop,
    Setting.CAVE: indoors.cave,
    Setting.TRAIN: indoors.train,
    Setting.SKY: beyond.sky,
    Setting.SPACE: beyond.space,
    Setting.MOON: beyond.moon,
}

INDOORS = frozenset(
    {
        Setting.BEDROOM, Setting.LIVING_ROOM, Setting.KITCHEN, Setting.THRONE_ROOM, Setting.SCHOOL,
        Setting.LIBRARY, Setting.SHOP, Setting.WORKSHOP, Setting.TRAIN, Setting.CIRCUS, Setting.CAVE,
    }
)  # fmt: skip
