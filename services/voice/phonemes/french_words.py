"""Word lists of French pronunciation: liaison, aspirated h, letters, weak words. Data only."""

from __future__ import annotations


def _list(words: str) -> list[str]:
    return words.split()


_Z = _list(
    "les des ces mes tes ses nos vos leurs aux nous vous ils elles deux trois quelques plusieurs "
    "certains certaines quels quelles autres très plus moins dans sans sous chez mauvais gros "
    "beaux grands petits petites grandes belles bonnes bons anciens premiers dernières derniers "
    "dès pas aucuns toutes quatre-vingts deux-cents cents"
)
_N = _list("un aucun mon ton son on en bien rien commun")
_T = _list("est sont ont étaient petit grand cent tout quand vingt huit c'est sept fait")

# What a word ends with before a vowel; `=` replaces the whole pronunciation.
LIAISONS: dict[str, str] = {
    **dict.fromkeys(_Z, "z"),
    **dict.fromkeys(_N, "n"),
    **dict.fromkeys(_T, "t"),
    "bon": "=bɔn", "ancien": "=ɑ̃sjɛn", "prochain": "=pʁɔʃɛn", "certain": "=sɛʁtɛn",
    "premier": "=pʁəmjɛʁ", "dernier": "=dɛʁnjɛʁ", "trop": "p", "neuf": "=nœf",
    "six": "=siz", "dix": "=diz", "huit": "=ɥit", "sept": "=sɛt", "un": "n",
}  # fmt: skip

BEFORE_CONSONANT = {
    "six": "si", "dix": "di", "huit": "ɥi", "vingt": "vɛ̃", "tous": "tu", "plus": "ply",
}  # fmt: skip

ASPIRATED = frozenset(
    _list(
        "hache haie haine haïr hall halle halles halo halte hamac hameau hamster hanche handicap "
        "hangar hanter happer harceler hardi hareng hargne haricot haricots harnais harpe hasard "
        "hâte hausse haut haute hautes hauts hauteur havre hérisson hérissons hernie héros hêtre "
        "heurt heurter hibou hiboux hideux hisser hobby hochet hockey hollande hollandais homard "
        "hongrie hongrois honte honteux hoquet hors hotte houle housse houx hublot huée huer huit "
        "huitième hurlement hurler hutte onze onzième oui ouistiti yacht yaourt yen yoga"
    )
)

ASPIRATED_STEMS = (
    "hach", "haï", "hall", "handicap", "hant", "harcel", "hard", "hargn", "hasard", "hauss", "haut",
    "hennir", "hériss", "heurt", "hideu", "hiss", "honteu", "hurl",
)  # fmt: skip

LETTER_NAMES = {
    "A": "a", "B": "be", "C": "se", "D": "de", "E": "ə", "F": "ɛf", "G": "ʒe", "H": "aʃ",
    "I": "i", "J": "ʒi", "K": "ka", "L": "ɛl", "M": "ɛm", "N": "ɛn", "O": "o", "P": "pe",
    "Q": "ky", "R": "ɛʁ", "S": "ɛs", "T": "te", "U": "y", "V": "ve", "W": "dubləve",
    "X": "iks", "Y": "iɡʁɛk", "Z": "zɛd", "É": "e",
}  # fmt: skip

OWN_WORDS = {
    "ce": "sə", "je": "ʒə", "me": "mə", "te": "tə", "se": "sə", "le": "lə", "de": "də", "ne": "nə",
    "vingt=": "vɛ̃t", "dix-sept": "disɛt", "dix-huit": "dizɥit", "dix-neuf": "diznœf",
    "et": "e", "est": "ɛ", "es": "ɛ", "eu": "y", "les": "le", "des": "de", "ces": "se",
    "mes": "me", "tes": "te", "ses": "se", "un": "œ̃", "plus": "ply", "tous": "tu", "os": "ɔs",
    "six": "sis", "dix": "dis", "huit": "ɥit", "vingt": "vɛ̃", "cent": "sɑ̃", "cents": "sɑ̃",
    "vingts": "vɛ̃", "qu": "k", "que": "kə", "cætera": "seteʁa", "euros": "øʁo",
    "email": "imɛl", "slash": "slaʃ", "arobase": "aʁɔbaz", "celsius": "sɛlsjys",
}  # fmt: skip

UNSTRESSED = frozenset(
    _list(
        "le la les l un une des du de d au aux ce cet cette ces mon ton son ma ta sa mes tes ses "
        "notre votre leur nos vos leurs je tu il elle on nous vous ils elles me te se lui y en ne "
        "n que qui et ou mais donc or ni car à dans par pour sur sous avec sans si est es a"
    )
)
