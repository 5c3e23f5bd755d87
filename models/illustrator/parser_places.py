"""Which place a text is set in: the words for places, weighed by how they are used."""
# ruff: noqa: E501, SIM905 - word lists read better as prose

from models.illustrator import parser_words as words
from models.illustrator.parser_nouns import Mention
from models.illustrator.parser_text import denied, matches

Span = tuple[int, int]

# Verbs that say less about the place than the things around them do.
_VERB_WEIGHT = {"bedroom": 0.6, "mountains": 0.4, "sky": 0.5, "market": 0.4, "city": 0.6}

# What is seen hints at a place when nothing else does.
_AT_HOME: dict[str, tuple[str, ...]] = {
    "farm": ("cow", "pig", "hen", "rooster", "tractor", "farmer", "sheep", "goat", "hay", "barn", "chick", "scarecrow"),
    "desert": ("camel", "cactus", "scorpion"),
    "savanna": ("lion", "lioness", "zebra", "giraffe", "elephant", "rhinoceros", "hippo", "bison"),
    "jungle": ("monkey", "tiger", "parrot", "gorilla", "orangutan", "leopard", "sloth", "palm"),
    "snow": ("penguin", "polar-bear", "seal", "snowman", "igloo", "skier", "sleigh", "mammoth"),
    "underwater": ("octopus", "shark", "jellyfish", "mermaid", "tropical-fish", "seahorse", "submarine", "coral", "squid", "fish", "merman", "starfish"),
    "sea": ("pirate", "ship", "pirate-ship", "sailboat", "sailor", "whale", "dolphin", "raft", "orca", "spouting-whale", "motorboat"),
    "lake": ("frog", "duck", "duckling", "swan", "lotus", "rowboat", "goose", "beaver", "otter"),
    "beach": ("crab", "sandcastle", "shell", "parasol"),
    "bedroom": ("bed", "cradle", "teddy"),
    "kitchen": ("stove", "cook", "pancake", "soup", "cake", "bread", "pie", "cookie"),
    "throne_room": ("king", "queen", "throne"),
    "castle": ("knight", "prince", "princess", "castle", "dragon", "soldier"),
    "space": ("rocket", "astronaut", "planet", "alien", "satellite", "flying-saucer"),
    "city": ("bus", "taxi", "fire-engine", "police-car", "skyscraper", "ambulance", "tram", "police-officer", "firefighter"),
    "road": ("car", "truck", "bicycle", "motorcycle"),
    "garden": ("bee", "butterfly", "tulip", "sunflower", "rose", "caterpillar", "ladybird"),
    "forest": ("fox", "bear", "wolf", "deer", "owl", "squirrel", "hedgehog", "badger", "woodcutter", "mushroom", "fairy", "elf", "gnome", "witch", "raccoon", "boar"),
    "circus": ("clown", "juggler"),
    "school": ("teacher", "student"),
    "sky": ("airplane", "hot-air-balloon", "eagle", "helicopter"),
    "living_room": ("sofa", "armchair", "fireplace", "piano", "christmas-tree", "television"),
    "mountains": ("yeti",),
}  # fmt: skip
# These stand nowhere else, whoever is there.
_FIXED = frozenset({"throne", "igloo", "sandcastle", "stove", "cradle", "christmas-tree"})
_HOME_OF = {key: setting for setting, keys in _AT_HOME.items() for key in keys}
# Words for places that are also things which stand in other places.
_ALSO_THINGS = frozenset(
    "castle palace barn house cottage hut cabin ship train fireplace shed home chateau palais maison cabane stable school grange".split()
)
# Grounds of a larger place, where one is named after them: "a path in the park".
_GROUNDS = frozenset(
    "grass lawn path lane track sand shore bank herbe chemin sentier sable rive".split()
)
_LEADS_ON = frozenset("of in through du de dans".split())
# Of the sky, unless somebody is there: on the dusty moon, among the bright stars.
_HEAVENLY = {
    "moon": frozenset({"on", "onto", "across", "sur"}),
    "space": frozenset({"among", "amongst", "between", "amid", "parmi"}),
}
_BODIES = frozenset({"moon", "lune", "stars", "etoiles"})
_LIGHTS = frozenset("light glow beam beams shine rays face lueur clarte lumiere".split())
_OVERHEAD = frozenset({"under", "beneath", "below", "sous"})
_SKIP = words.DETERMINERS | frozenset(words.COLOUR_WORDS) | frozenset(words.SIZES) | frozenset(
    "deep dark cold warm old snowy quiet green tall busy wide open deepest cosy cozy sunny frozen sandy grassy muddy noisy crowded magic enchanted ancient middle edge heart top foot bottom side corner front of end bank haunted royal whole great empty misty foggy dusty stony flowery starry wild winter icy high hot blue grande vieux vieille fond milieu coeur bord".split()
)  # fmt: skip


def setting_of(tokens: list[str], found: list[Mention]) -> tuple[str, Span | None]:
    """The setting, or "", and the span of the words that named it."""
    best: tuple[float, str, Span | None] = (0.0, "", None)
    places = [place for place in matches(tokens, words.PLACES) if not denied(tokens, place[0])]
    for start, end, setting in places:
        if _is_ground_of_next(tokens, start, end, places):
            continue
        score = _weight(tokens, start, end, setting)
        if score > best[0]:
            place = _adjusted(tokens, start, setting)
            # "Behind the house" is a place, and the house is seen in it.
            span = None if place == "village" and setting == "living_room" else (start, end)
            best = (score, place, span)
    hints: dict[str, float] = {}
    for start, _, setting in matches(tokens, words.VERB_HINTS):
        if not denied(tokens, start):
            hints[setting] = hints.get(setting, 0.0) + _VERB_WEIGHT.get(setting, 0.9)
    for one in found:
        home = _HOME_OF.get(one.key)
        if home:
            weight = 1.1 if one.key in _FIXED else 0.7
            hints[home] = hints.get(home, 0.0) + weight
    if hints.get("lake") and any(one.key in _AT_HOME["underwater"] for one in found):
        hints["underwater"] = hints.get("underwater", 0.0) + 1.0
    if hints:
        hinted = max(hints, key=lambda setting: hints[setting])
        if hints[hinted] > best[0]:
            return hinted, None
    return best[1], best[2]


def _is_ground_of_next(
    tokens: list[str], start: int, end: int, places: list[tuple[int, int, str]]
) -> bool:
    """Whether a larger place follows, which these words are part of: "the grass of the savanna"."""
    leads_on = _LEADS_ON.intersection(tokens[end : end + 1])
    if not leads_on or not _GROUNDS.intersection(tokens[start:end]):
        return False
    return any(end < other <= end + 4 for other, _, _ in places)


def _weight(  # noqa: PLR0911 - a table of first matches
    tokens: list[str], start: int, end: int, setting: str
) -> float:
    """How surely a place word names the scene's place: by the preposition before it."""
    phrase = " ".join(tokens[start:end])
    if phrase in words.IN_SNOW:
        return 1.3  # a place that is named may lie in snow
    if tokens[start] in words.LOCATIVE_STRONG and end - start > 1:
        return 3.2
    if setting == "underwater":
        return 3.2
    before, part = _led_by(tokens, start)
    thing = phrase in _ALSO_THINGS
    if phrase in _BODIES:
        lit = bool(_LIGHTS.intersection(tokens[max(0, start - 4) : start]))
        there = words.LOCATIVE_STRONG if part else _HEAVENLY[setting]
        return 3.0 if before in there and not lit else 0.0
    if part:  # "the flowers of the meadow" are in it, "the king of the castle" need not be
        return (2.2 if thing else 2.6) if before in words.LOCATIVE_STRONG else 0.8
    if setting == "sky" and _OVERHEAD.intersection(tokens[max(0, start - 3) : start]):
        return 0.3
    if phrase in {"fireplace", "cheminee"} and before in words.LOCATIVE_WEAK:
        return 2.2
    if before in words.LOCATIVE_STRONG:
        return 2.6 if thing else 3.0
    if before in words.LOCATIVE_WEAK:
        return (1.2 if setting == "living_room" else 2.3) if thing else 2.4
    if end < len(tokens) and tokens[end] in {"was", "is", "were", "lay", "grew", "stood"}:
        return 0.8 if thing else 1.8
    return 0.4 if thing else 1.4


def _led_by(tokens: list[str], start: int) -> tuple[str, bool]:
    """The word that leads to a place, past its adjectives; and whether to a part of it, by "of"."""
    part = False
    for index in range(start - 1, max(-1, start - 9), -1):
        word, previous = tokens[index], "".join(tokens[max(0, index - 1) : index])
        in_front = word == "front" and previous == "in"
        # An adjective that no list has: "on a country road".
        describes = index == start - 1 and word.isalpha() and previous in words.DETERMINERS
        if word == "of" and previous not in _SKIP:
            part = True
        elif in_front or not (word in _SKIP or describes or (part and tokens[index + 1] == "of")):
            return word, part
    return "", part


def _adjusted(tokens: list[str], start: int, setting: str) -> str:
    """Prepositions that turn one place into another: by the sea, in front of the house."""
    near = set(tokens[max(0, start - 4) : start])
    if setting == "sea" and near & {"by", "near", "beside", "bord"}:
        return "beach"
    if setting == "sea" and near & {"under", "beneath", "below", "sous"}:
        return "underwater"
    if setting == "living_room" and near & {
        "outside",
        "front",
        "near",
        "past",
        "behind",
        "devant",
        "to",
        "towards",
        "derriere",
    }:
        return "village"
    if setting == "city" and "small" in near:
        return "village"
    return setting
