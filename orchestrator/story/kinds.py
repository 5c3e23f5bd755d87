"""Nouns for beings that the art library lacks, and whom a picture shows in their place. Data only.

"A critic came in" brings a man or a woman into the picture, and "the tern" a bird, though neither
is drawn by that name. A noun that means anybody of a kind ("the boy", "the bird") may also mean
somebody who has another name already.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from orchestrator.story.language import base

# Speech in quotation marks; a sentence may hold only its beginning or its end.
SPEECH = re.compile(r"“[^”]*(?:”|$)|«[^»]*(?:»|$)|^[^“]*”|^[^«]*»|\"[^\"]*(?:\"|$)")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def _by(groups: Mapping[str, str]) -> dict[str, str]:
    return {noun: item for item, nouns in groups.items() for noun in nouns.split()}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A noun, folded, and the key of the library item that stands in for it; `person` is a man or a
# woman, as the words around it tell.
_ENGLISH = _by({
    "person": """keeper critic engineer client seller buyer trader peddler writer poet author
        reporter journalist editor photographer actor fiddler piper drummer violinist pianist
        composer beekeeper lighthousekeeper innkeeper caretaker janitor porter trapper
        climber swimmer rider racer pilgrim beggar widower cousin companion partner colleague
        worker labourer potter weaver goldsmith watchmaker locksmith glassblower basketmaker
        candlemaker ropemaker mapmaker architect astronomer mathematician minister senator
        president ambassador governor politician candidate clerk cashier barber
        hairdresser surgeon pharmacist gatekeeper watchman courier stationmaster
        machinist signalman diver whaler crewman helmsman mate tenant landlord lodger bachelor
        foreigner settler miner digger smuggler rebel prisoner jailer storyteller narrator
        fortuneteller referee player champion loser winner speaker listener reader gambler
        coachman""",
    "woman": "widow landlady aunty auntie maid housekeeper nun waitress",
    "man": "bloke chap lord sir monk friar priest bishop pope",
    "boy": "youth teenager stable-boy cabin-boy",
    "girl": "maiden",
    "bird": """tern albatross thrush finch jay cuckoo kingfisher pelican cormorant pheasant
        partridge quail woodpecker starling canary budgie""",
    "fish": "carp pike cod herring eel tuna",
    "deer": "antelope gazelle",
    "rabbit": "leveret",
    "dog": "terrier sheepdog collie wolfhound mongrel mutt",
    "mouse": "dormouse",
    "horse": "colt",
    "badger": "wolverine marten weasel stoat ferret",
    "bear": "cub",
})  # fmt: skip

_FRENCH = _by({
    "person": """gardien gardienne ingenieur ingenieure etranger etrangere marchande serveuse
        conductrice chauffeur passagere visiteur visiteuse invitee hote hotesse cliente vendeur
        vendeuse ecrivain ecrivaine poete auteur journaliste photographe acteur actrice musicien
        musicienne violoniste pianiste aubergiste concierge porteur chasseuse nageur
        nageuse cavalier cavaliere pelerin ermite mendiant mendiante orphelin orpheline veuf
        veuve cousin cousine compagnon compagne collegue ouvriere potier tisserand orfevre
        horloger horlogere serrurier architecte astronome ministre president presidente notaire
        secretaire caissier caissiere coiffeur coiffeuse dentiste pharmacien
        pharmacienne messagere controleur controleuse contrebandier prisonnier
        prisonniere conteur conteuse heroine inconnu inconnue locataire joueur joueuse champion
        championne apiculteur apicultrice""",
    "man": "seigneur neveu moine pretre eveque gars bonhomme",
    "woman": "niece religieuse nourrice demoiselle",
    "boy": "garconnet adolescent",
    "girl": "gamine adolescente",
    "bird": "rouge-gorge pelican cormoran buse",
    "fish": "carpe brochet hareng anguille",
    "deer": "chevreuil daim",
    "mouse": "musaraigne",
    "horse": "etalon",
})  # fmt: skip

# A library item that any being of a kind may be called by: whoever is of it, or has its gender.
GENERIC: Mapping[str, str] = {
    "man": "m", "woman": "f", "old-man": "m", "old-woman": "f", "boy": "m", "girl": "f",
    "person": "", "child": "", "bird": "", "monster": "", "baby": "",
}  # fmt: skip

CREATURES: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "animal creature beast",
        "fr": "animal creature bete bestiole",
    }.items()
}

# Folded, these look like "mémé", "maïs" and the plural of "doe".
NO_NOUNS = _words("meme mais does")

# Titles that tell of age.
OLD = _words("old vieux vieil vieille")

# Signs that a name without a noun is a grown person's.
GROWN = _words("""
    shift work job office hospital husband wife coffee married boss clinic factory company
    career travail bureau hopital mari epouse metier usine patron kitchen restaurant ship lab
""")

# After one of these stands a subject.
LEADS = _words("""
    and but when while as that because until then so for before after if who which mais quand et
    que qui tandis lorsque car puis où pendant alors
""")

# What stands after "her" when it is no possessive.
NOT_OWNED = _words("""
    and or but to with in on at by from for of into out up down away off back over the a an
    again when while as that who because if so too how what where until then very was is
""")

# Determiners of what is known already.
DEFINITE = _words("the this that le la les l ce cet cette ces")

# Verbs whose object is where somebody is, or goes.
MOTION = _words("""
    reach reached reaches enter entered enters cross crossed crosses climb climbed climbs left leave
    leaves visited visits crossing entering leaving visit atteignit gagna traversa quitta
    escalada grimpa monta rejoignit
""")

# Words that bring somebody of a kind that is there already.
NEW = _words("another autre deuxième second seconde troisième third")


def stand_ins(language: str) -> Mapping[str, str]:
    """A folded noun that the library lacks, and the key of the item that is shown for it."""
    return _FRENCH if base(language) == "fr" else _ENGLISH
