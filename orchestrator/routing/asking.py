# ruff: noqa: E501 - a pattern that is broken up is harder to read than a long one
"""What a request is about, without the words that only ask for it.

"Could you draw me a picture of a fox, 16:9?" is about a fox; "Read this aloud: it rained" gives "it
rained" to be spoken; "Tell it as a story" is about what was said before. Rules over folded text, English
and French. Where they find nothing to take away, the words stay as they are: a prompt with its asking
words still works. This module does not decide what is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.routing.intents import Intent
from orchestrator.routing.settings import Found
from orchestrator.routing.utterance import QUOTED, fold_in_place

_HEAD_WORDS = 8  # before the colon of a picture's description
_THANKS_CHARS = 80  # of a text's end that may be nothing but thanks
_REFERENCE_CHARS = 60  # longer words say something themselves
_MATERIAL_WORDS = 8  # of a story told from a text, not about a topic

_POLITE = (
    r"^(?:(?:hey|hi|hello|ok|okay|now|so|and|well|salut|bonjour|bon|alors|maintenant|et)\b[ ,!.]*)*"
    r"(?:(?:please|kindly|s'il (?:te|vous) plait|stp|svp)[ ,]*)?"
    r"(?:(?:can|could|would|will|may) (?:you|u|i|we) (?:please )?(?:get |have |see )?"
    r"|are you able to |go ahead and |let'?s see if you can |let me (?:see|hear) "
    r"|(?:i|we)(?:'d| would)?(?: like| love| want| need)(?: you)?(?: to)?(?: see| have| hear)? "
    r"|(?:peux|pourrais)-tu |(?:pouvez|pourriez)-vous |tu peux |est-ce que (?:tu peux|je peux avoir) |merci de "
    r"|j'aimerais (?:que tu |voir |avoir |entendre )?|je (?:veux|voudrais) (?:voir |entendre |avoir )?|il me faut )?"
    r"(?:please )?(?:me |nous )?"
)
_TO = r"(?:-(?:moi|nous|le|la|les)| me| us)?(?: up)?\b[ ,:]*"
_DRAW = (
    rf"(?:(?:draw|paint|sketch|doodle|illustrate|depict|render|visuali[sz]e|generate|create|make|produce|give|show|compose"
    rf"|imagine|design|dessine[rs]?|peins|peindre|illustre[rs]?|represente[rs]?|genere[rs]?|cree[rs]?|fai[st]|faire|montre[rs]?"
    rf"|realise[rs]?|imagine[rs]?|produis|donne|concevoir|concois){_TO})?"
)
_PICTURE = (
    r"(?:(?:an?|the|another|some|une?|des|l[ae]|l'|encore une?) ?)?"
    r"(?:(?:nice|beautiful|quick|small|funny|cosy|detailed|jolie?|belle|petite?) )*"
    r"(?:(?:images?|pictures?|pics?|drawings?|illustrations?|paintings?|sketch(?:es)?|artworks?|visuals?|variations?|variantes?"
    r"|versions?|dessins?|peintures?|croquis|tableaux?|photos?)"
    r"(?: (?:of|showing|that shows|depicting|with|about)\b| (?:de|du|des|avec|qui montre)\b| d'|\s*[:,]| (?=a |an |the ))|(?:of|de) |d'(?=une? ))\s*"
)
_SAY = (
    r"(?:(?:say|speak|read|pronounce|announce|whisper|shout|utter|recite|narrate|voice|repeat|synthesi[sz]e|tell me"
    r"|dis|dire|lis|lire|prononce[rs]?|annonce[rs]?|murmure[rs]?|chuchote[rs]?|recite[rs]?|repete[rs]?|vocalise[rs]?|narre[rs]?"
    r"|(?:to|computer|ordinateur) (?:say|speak|read)|(?:that says|saying|qui dit|disant que?))"
    r"(?:-(?:moi|nous|le|la))?(?: me| us| out loud| out| aloud| a voix haute| tout haut| a haute voix)*)\b[ ,:]*"
)
_ALOUD = r"\b(?:out loud|aloud|a (?:voix haute|haute voix)|tout haut|de vive voix|with your voice|by voice)\b"
_REFERENCE = re.compile(
    r"^(?:(?:the )?(?:same|text above|above|last (?:answer|message)|previous \w+)|it|that|this|them|these|your (?:last )?(?:answer|reply|text)"
    r"|what you (?:just )?(?:wrote|said)|(?:to|for) me|how (?:that|it|this) sounds|le|la|ca|cela|ceci|ta (?:derniere )?reponse|le texte ci-dessus"
    r"|again|encore|moi|back|please| |,|as audio|en audio"
    r"|(?:this|that|the(?: following| above)?|my|your|ce|cet|cette|mon|ma|ton|ta|le|la) (?:paragraph|text|poem|message|letter|article|email|answer"
    r"|reply|sentence|story|page|paragraphe|texte|poeme|lettre|courriel|reponse|phrase|histoire)(?: below| above| ci-dessus| ci-dessous)?)+$"
)
_AGAIN = re.compile(
    r"^(?:now |maintenant )?(?:same|another|again|once more|encore|un autre|une autre|la meme|le meme|the same|but|mais|refais)\b"
    r"|\b(?:draw|paint|make|do|redraw|try|show|dessine|peins|fais|refais)[ -](?:it|that|the same|them|le|la)\b|\b(?:in|to|of|from) the (?:picture|image|drawing)\b"
    r"|\b(?:another|different) (?:version|one|picture|image|variation)\b|\b(?:sur|de|dans) (?:l'image|le dessin)\b"
)
_COMPOSED = re.compile(
    r"^(?:an?|some|something|une?|quelque chose|the answer)\b.*\b(?:poem|joke|riddle|fact|speech|introduction|limerick|haiku|summary"
    r"|explanation|verse|song|greeting card|something|text|story|poeme|blague|devinette|resume|discours|histoire|texte)\b"
    r"|^(?:explain|describe|answer|tell (?:me|us) about|write|compose|explique|decris|parle|reponds|ecris)\b"
)
_TALE = (
    rf"(?:(?:tell|make|create|invent|imagine|write|narrate|give|produce|generate|spin|build|read|illustrate|turn|dream|come|put"
    rf"|raconte[rs]?|invente[rs]?|cree[rs]?|fai[st]|faire|ecris|conte[rs]?|lis|illustre[rs]?|imagine[rs]?){_TO})?"
)
_STORY = (
    r"(?:[\w' -]{0,60}?\b(?:story|stories|tale|fable|legend|book|storybook|adventure|yarn|histoire|conte|fable|legende|recit|livre|album|aventure)\b"
    r"[\w' -]{0,24}?\b(?:about|where|in which|of (?=an? |the |my )|sur|ou)\s+)"
)
_TELLS_IT = re.compile(
    r"\b(?:tell|narrate|illustrate|turn|make|bring|animate|raconte|narre|illustre|fais|transforme|donne|mets)\b"
)
_TRAILING = re.compile(
    r"[\s,]*(?:(?:please|thanks|thank you|for me|s'il (?:te|vous) plait|stp|svp|merci)[\s,.!?]*)+$"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is about.

    Attributes:
        prompt: The words for the model; empty when they refer to what was said before.
        refers: Whether they refer to what was said before.
        composed: Of speech: whether the words only say what the text shall be about.
        material: Of a story: whether the prompt is the text itself, not a topic.
    """

    prompt: str
    refers: bool = False
    composed: bool = False
    material: bool = False


def asked(text: str, intent: Intent, found: Sequence[Found]) -> Asked:
    """Takes the asking words away."""
    if intent is Intent.TEXT:
        return Asked(text.strip())
    if intent is Intent.TRANSCRIPTION:
        return Asked("")
    bare = _without(text, found)
    if intent is Intent.IMAGE:
        return _drawn(text, bare)
    return _spoken(text, bare) if intent is Intent.SPEECH else _told(text, bare)


def _drawn(text: str, bare: str) -> Asked:
    head, colon, rest = bare.partition(":")
    if colon and len(head.split()) <= _HEAD_WORDS and len(rest.split()) >= 2 and rest[0] in " \n":
        bare = rest
    prompt = _cut(bare, _POLITE + _DRAW + rf"(?:{_PICTURE})?")
    again = bool(_AGAIN.search(fold_in_place(text)))
    return Asked(prompt or text.strip(), refers=again)


def _spoken(text: str, bare: str) -> Asked:
    quoted = [found[0].strip("\"“”«»„'‘’ ") for found in QUOTED.finditer(text)]
    if quoted:
        return Asked(" ".join(quoted))
    folded = fold_in_place(text)
    material = _after_colon(text)
    if material:
        head = re.sub(_ALOUD, "", folded[: folded.find(":")]).strip()
        composed = bool(_COMPOSED.search(_cut(head, _POLITE))) and not re.search(
            r"\bsay|\bdis\b", head
        )
        return Asked(material, composed=composed and material.rstrip().endswith("?"))
    rest = _cut(bare, _POLITE)
    folded = fold_in_place(rest)
    without = re.sub(r"\s{2,}", " ", re.sub(_ALOUD, lambda m: "", folded)).strip(" ,.")
    if _COMPOSED.search(without):
        return Asked(_strip(re.sub(_ALOUD, "", rest, flags=re.IGNORECASE)), composed=True)
    say = re.search(_SAY, folded)
    words = _strip(rest[say.end() :]) if say else _strip(rest)
    plain = re.sub(_ALOUD, "", fold_in_place(words)).strip(" ,.!?")
    if not plain or (len(plain) <= _REFERENCE_CHARS and _REFERENCE.match(plain)):
        return Asked("", refers=True)
    if _COMPOSED.search(plain):
        return Asked(words, composed=True)
    return Asked(words if plain else text.strip())


def _told(text: str, bare: str) -> Asked:
    material = _after_colon(text)
    if len(material.split()) >= _MATERIAL_WORDS:
        return Asked(material, material=True)
    sentences = re.split(r"(?<=[.!?…])\s+", text.strip())
    for told, order in ((sentences[:-1], sentences[-1]), (sentences[1:], sentences[0])):
        rest = " ".join(told)
        if len(rest.split()) >= _MATERIAL_WORDS and _TELLS_IT.search(fold_in_place(order)):
            return Asked(rest, material=True)
    if material:
        return Asked(material)
    if re.search(r"\b(?:this|that|the (?:text|story) above|it|my (?:text|recording|narration|poem|diary|story|letter|tale)|ceci|cela|ce(?:tte)? (?:texte|fable|conte|histoire)|mon (?:texte|recit|poeme))\b(?! time)",
                 fold_in_place(bare)) and not re.search(_STORY, fold_in_place(bare)):  # fmt: skip
        return Asked(_cut(bare, _POLITE) or text.strip(), refers=True)
    return Asked(_cut(bare, _POLITE + _TALE + rf"(?:{_STORY})?") or text.strip())


def _after_colon(text: str) -> str:
    parts = re.split(r"(?<=\S)\s*:\s+|\n+", text.strip(), maxsplit=1)
    return parts[1].strip() if len(parts) > 1 else ""


def _without(text: str, found: Sequence[Found]) -> str:
    """The text without the words of settings that no model needs to read."""
    kept, position = "", 0
    for one in sorted(found, key=lambda setting: setting.start):
        if not one.part_of_prompt:
            kept, position = kept + text[position : one.start], one.end
    kept += text[position:]
    kept = re.sub(r"\s+([,.;!?])", r"\1", re.sub(r"\s{2,}", " ", kept))
    return re.sub(r"(?:,\s*)+([,.;!?]|$)", r"\1", kept).strip(" ,")


def _cut(text: str, pattern: str) -> str:
    """The text without what the pattern finds at its beginning, and without thanks at its end."""
    found = re.match(pattern, fold_in_place(text))
    return _strip(text[found.end() :] if found else text)


def _strip(text: str) -> str:
    end = max(0, len(text) - _THANKS_CHARS)
    found = _TRAILING.search(fold_in_place(text[end:]))
    return (
        (text[: end + found.start()] if found else text)
        .strip(" ,:;")
        .removesuffix("?")
        .strip(" .!,")
    )
