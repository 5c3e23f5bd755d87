"""What the planner's rules know of English and French: pronouns, names, the joints of a tale.

Data only. A language that is not here is read with the English rules, which then find little; its
story is still told, with plainer pictures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.story.language import base

_NAME = r"(?:(?:Mr|Mrs|Ms|Dr|M|Mme|Mlle)\.? )?(?P<name>[A-ZÀ-ÖØ-Ý][\w’'-]*\w)"
_NOUN = r"(?P<noun>(?:[\w’'-]+ ){0,3}[\w’'-]+)"
_HERE = r"(?=[\s,.;:!?…—)]|$)"


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language.

    Attributes:
        introductions: Patterns with the groups `name` and `noun`: "a fox named Tom".
        pronouns: A subject pronoun and whom it means: `m`, `f`, `n` or `they`.
        objects: The same for pronouns that never mean the subject of their clause.
        possessives: The same for possessives, `` for anybody's.
        both: What stands for two beings who are known: "the two friends".
        impersonal: What stands after a pronoun that means nobody: "il pleut".
        determiners: Words before a noun, and the gender that they tell.
        copulas: Words that say that the noun after them is whoever stands before them.
        openers: Words that begin sentences with a capital letter and are no names.
        article: The definite article by gender.
        conjunction: Joins two nouns.
        turns: Words at the beginning of a sentence that turn the tale to something new.
        leaps: Expressions after which it is another time, whatever time it was.
        glimpses: Expressions for what is seen from afar: the story does not go there.
        frames: Words at the beginning of a sentence that set its place or time: "In the cellar".
    """

    introductions: tuple[re.Pattern[str], ...]
    pronouns: Mapping[str, str]
    objects: Mapping[str, str]
    possessives: Mapping[str, str]
    both: re.Pattern[str]
    impersonal: re.Pattern[str]
    determiners: Mapping[str, str]
    copulas: frozenset[str]
    openers: frozenset[str]
    article: Mapping[str, str]
    conjunction: str
    turns: re.Pattern[str]
    leaps: re.Pattern[str]
    glimpses: re.Pattern[str]
    frames: re.Pattern[str]


def _patterns(*sources: str) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(source.replace("NAME", _NAME).replace("NOUN", _NOUN).replace("HERE", _HERE))
        for source in sources
    )


def _opening(*expressions: str) -> re.Pattern[str]:
    """Matches at the beginning of a sentence, whatever quotes or dashes stand before it."""
    return re.compile(rf"[\s\"'“‘«—–-]*(?:{'|'.join(expressions)})\b", re.IGNORECASE)


def _anywhere(*expressions: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(expressions)})\b", re.IGNORECASE)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENGLISH = Tongue(
    introductions=_patterns(
        r"\b(?:[Aa]n?|[Tt]he|[Hh]er|[Hh]is|[Tt]heir|[Mm]y|[Oo]ur) NOUN,? (?:named|called) NAME",
        r"\b(?:[Aa]n?|[Tt]he) NOUN whose name was NAME",
        r"\bNAME the NOUNHERE",
        r"\bNAME, (?:the|an?|her|his|their) NOUNHERE",
        r"\bNAME (?:was|is) (?:an?|the) NOUNHERE",
        r"\b(?:[Tt]he|[Hh]er|[Hh]is|[Tt]heir) NOUN,? NAME,",
        r"\b(?:[Mm]y|[Hh]er|[Hh]is|[Tt]heir) NOUN NAMEHERE",
    ),
    pronouns={"he": "m", "she": "f", "they": "they", "it": "n"},
    objects={"him": "m", "her": "f", "them": "they"},
    possessives={"his": "m", "her": "f", "its": "n", "their": "they"},
    both=re.compile(
        r"\b(?:the two(?: of them| \w+)?|both of them|the pair|each other)\b", re.IGNORECASE
    ),
    impersonal=re.compile(
        r"\s+(?:(?:was|is|had been|would be|will be|got|grew|became)\s+(?:\w+\s+)?"
        r"(?:raining|snowing|cold|warm|hot|dark|late|early|time|night|day|morning|evening|winter|summer|spring|"
        r"autumn|over|true|only|so|too|not|a|an|the|hard|easy|enough|nearly|almost|midnight|noon|there)\b|"
        r"(?:rained|snowed|rains|snows|hailed|poured|seemed|seems|took|takes|has not|struck|"
        r"began to (?:rain|snow)|started to (?:rain|snow)|turned out|happened)\b)",
        re.IGNORECASE,
    ),
    determiners=dict.fromkeys(
        _words("""
            a an the his her their my our your its this that another one every each no two three
            four five six seven eight nine ten some many little old young small big great poor
        """),
        "",
    ),
    copulas=_words("was is were are became become been"),
    openers=_words("""
        i a an the he she it they we you his her their its my our your this that these those there
        here then when while where once after before suddenly one so but and or at in on as if now
        soon later every all even only perhaps maybe because far near down up inside outside under
        beside from with without by for to of not no yes oh ah well what who why how which nobody
        everybody everyone someone somebody nothing everything mr mrs ms dr monday tuesday
        wednesday thursday friday saturday sunday january february march april may june july august
        september october november december god christmas spring summer autumn
        winter twenty thirty forty fifty
        sixty seventy eighty ninety hundred thousand half several most both neither either nothing
    """),
    article={"": "the", "m": "the", "f": "the"},
    conjunction="and",
    turns=_opening(
        r"once upon a time",
        r"(?:one|that)(?: \w+)? (?:day|night|morning|evening|afternoon)",
        r"(?:one|that|all) (?:summer|winter|spring|autumn)",
        r"suddenly|all at once|meanwhile|(?:the )?next|later|finally|when|then|now|soon|but one",
        r"at (?:last|dawn|dusk|sunset|sunrise|midnight|noon|once)",
        r"in the (?:morning|evening|end)|after(?: that)?|far away|from that day",
        r"years later|just then",
    ),
    leaps=_anywhere(
        r"next (?:day|week|year)|one day|from that day|after many|the following",
        r"(?:years?|months?|weeks?|days?|hours?|minutes?) (?:later|went by|passed|after)",
        r"the next (?:day|morning|night|evening|week|spring|summer|autumn|winter)|years ago",
        r"(?:that|the same|every) (?:evening|night|afternoon|morning|spring|summer|autumn|winter)",
    ),
    glimpses=_anywhere(
        r"far (?:out|off|away|below|above)|in the distance|on the horizon",
        r"out (?:on|at) (?:the )?(?:sea|water|waves)",
    ),
    frames=_opening(
        r"(?:in|on|at|by|under|behind|beyond|across|after|before|inside|above|below|during)",
        r"(?:deep|down|up|out|far|off|back) (?:in|on|at|by|below|above|under|the|from|there)",
        r"(?:outside|inside|upstairs|downstairs|indoors|outdoors|elsewhere|today|tonight|nowadays)",
        r"every (?:\w+ )?(?:day|night|morning|evening|week|spring|summer|autumn|winter|year)",
        r"(?:an?|one|two|three|ten|many|some) (?:\w+ )?(?:hours?|minutes?|days?|weeks?|years?)",
    ),
)

_FRENCH = Tongue(
    introductions=_patterns(
        r"\b(?:[Uu]ne?|[Ll][ea]|[Ss]on|[Ss]a|[Mm]on|[Mm]a) NOUN,? "
        r"(?:nommée?|appelée?|prénommée?|du nom de|(?:qui )?s['’]appel(?:ait|le)) NAME",
        r"\bNAME,? (?:l[ea] |l['’])NOUNHERE",
        r"\bNAME, une? NOUNHERE",
        r"\bNAME (?:était|est) une? NOUNHERE",
        r"\b(?:[Ll][ea] |[Ll]['’]|[Ss]on |[Ss]a )NOUN,? NAME,",
    ),
    pronouns={"il": "m", "elle": "f", "ils": "they", "elles": "they"},
    objects={"lui": "", "leur": "they", "eux": "they"},
    possessives={"son": "", "sa": "", "ses": "", "leurs": "they"},
    both=re.compile(r"\b(?:(?:les|tous les|toutes les) deux(?: \w+)?)\b", re.IGNORECASE),
    impersonal=re.compile(
        r"\s+(?:n['’]\s*|ne\s+|se\s+)?(?:en\s+|y\s+)?(?:y\s+a\w*|pleu\w+|neige\w*|fau\w+|fallait|fallut|"
        r"(?:fait|faisait|fit)\s+(?:froid|chaud|nuit|jour|beau|noir|sombre|bon|doux)|"
        r"(?:était|est|fut|sera)\s+(?:une\s+fois|temps|tard|tôt|minuit|midi|\w+\s+heures?)|"
        r"s['’]agi\w+|sembl\w+|rest\w+)\b",
        re.IGNORECASE,
    ),
    determiners={
        **dict.fromkeys(_words("un le ce cet mon ton du au petit vieux"), "m"),
        **dict.fromkeys(_words("une la cette ma ta petite vieille"), "f"),
        **dict.fromkeys(
            _words("""
                l son sa ses leur leurs les des mes deux trois quatre cinq six sept huit neuf dix
                chaque quelques grand grande jeune pauvre
            """),
            "",
        ),
    },
    copulas=_words("était est étaient sont fut devint serait"),
    openers=_words("""
        je tu il elle on nous vous ils elles le la les l un une des du de d au aux ce cet cette ces
        mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs et ou mais donc or ni car
        alors puis ensuite enfin soudain tout toute tous quand lorsque comme si dans sur sous avec
        sans pour par chez vers devant derrière après avant pendant depuis oh ah non oui bonjour
        bonsoir adieu merci qui que quoi où pourquoi comment rien personne chaque là ici voici voilà
        maintenant bientôt jamais toujours dieu noël lundi mardi mercredi jeudi vendredi samedi
        dimanche monsieur madame mademoiselle m mme mlle
    """),
    article={"": "le", "m": "le", "f": "la"},
    conjunction="et",
    turns=_opening(
        r"il était une fois|un (?:\w+ )?(?:jour|soir|matin|été|hiver|printemps|automne)|une nuit",
        r"soudain|tout à coup|pendant ce temps|le lendemain|ce (?:soir|matin|jour)-là",
        r"cette nuit-là|plus tard|enfin|à (?:l['’]aube|minuit|midi)",
        r"au (?:matin|lever|coucher|loin)|quand|lorsque|alors|puis|ensuite|après|depuis ce jour",
        r"bientôt|maintenant|la nuit|le soir|le matin",
    ),
    leaps=_anywhere(
        r"le lendemain|plus tard|un jour|depuis ce jour|la semaine suivante|l['’]année suivante",
        r"(?:ans?|mois|semaines?|jours?|heures?) (?:après|plus tard|passèrent|s['’]écoul\w+)",
        r"(?:cette|la même) nuit(?:-là)?|ce (?:soir|matin|jour)-là|(?:le|la|l['’])\s?\w+ suivante?",
    ),
    glimpses=_anywhere(r"au loin|à l['’]horizon|là-bas|tout (?:en bas|là-haut)"),
    frames=_opening(
        r"(?:dans|sur|à|au|aux|en|sous|derrière|devant|entre|après|avant|pendant|chez|près|vers)",
        r"(?:dehors|dedans|là-bas|là-haut|en bas|en haut|au loin|aujourd['’]hui|ce soir|tout)",
        r"chaque (?:jour|nuit|matin|soir|semaine|été|hiver|année|printemps|automne)|de retour",
        r"l['’](?:après-midi|été|hiver|automne|année)|le (?:printemps|matin|soir)|la nuit",
    ),
)

_TONGUES: Mapping[str, Tongue] = {"en": _ENGLISH, "fr": _FRENCH}


def tongue_of(language: str) -> Tongue:
    """The rules for a BCP-47 language."""
    return _TONGUES.get(base(language), _ENGLISH)
