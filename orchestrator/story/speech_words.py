"""What attribution knows of English and French: verbs of speech, titles, kin, names. Data only.

A language that is not here is read with the English rules, which then find little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.story.language import base
from orchestrator.story.tongues import tongue_of


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class SpeechWords:
    """One language.

    Attributes:
        verbs: Third person, as tags have them: `said`.
        loose_verbs: A pattern of any verb that may stand in an inverted tag.
        written: Verbs before a quotation that is read, not spoken: `wrote`.
        pronouns: A subject pronoun and the gender it tells: `m`, `f`, `n` or `they`.
        first_person: Subject pronouns of a narrator who takes part.
        determiners: Words that begin a noun phrase, and the gender they tell.
        genders: Nouns and titles whose gender is known.
        titles: Words before a name, lower case, without a full stop.
        generic: Nouns that may mean anybody of their gender.
        kin: A word of the family and the one that stands for all of its like.
        ends: Words that end a noun phrase.
        ages: A word that tells an age: `old`, `young` or `child`.
        not_names: Words that are capitalised for other reasons; those that begin sentences too.
        names: First names by gender.
    """

    verbs: frozenset[str]
    loose_verbs: str
    written: frozenset[str]
    pronouns: Mapping[str, str]
    first_person: frozenset[str]
    determiners: Mapping[str, str]
    genders: Mapping[str, str]
    titles: frozenset[str]
    generic: frozenset[str]
    kin: Mapping[str, str]
    ends: frozenset[str]
    ages: Mapping[str, str]
    not_names: frozenset[str]
    names: Mapping[str, str]


def _by(groups: Mapping[str, str]) -> dict[str, str]:
    return {word: value for value, words in groups.items() for word in words.split()}


_FIRST_NAMES = _by({
    "m": """adam alan albert alex alexander alfred andrew anders anthony arthur ben benjamin bill
        bob boris brian carl charles charlie chris colin daniel david dennis edgar edmund edward
        émile emile eric ernest ethan evan felix finn frank fred frederick gaspard george gerald
        gilbert graham gustave harold harry henri henry hugh hugo ian isaac ivan ivo jack jacob
        jacques jakob james jean jeremy jim joe john jonas jonathan joseph jules karl kevin kit
        lars leo léo leon léon lewis liam louis luc lucas luke marc marcel marco mark martin matt
        matthew max michael michel mike miles milo nathan neil nicholas nicolas noah oliver olivier
        omar oscar oswin otto owen pascal patrick paul percy peter philip philippe pierre ralph
        raoul raymond rémi richard robert robin roger roland samuel sam simon stephen steven
        théo theo thomas tim timothy toby tom tomas victor vincent walter will william yann yves
        baptiste antoine étienne françois guillaume julien gabriel raphaël rené hassan ali ahmed
        juan pedro miguel luigi giovanni hans fritz sven olaf erik""",
    "f": """ada agatha agnes alba alice amelia amina amy anna anne annie astrid aurora beatrice
        bella bertha beth betty bridget camille carla caroline catherine céline charlotte chloé
        chloe claire clara colette daisy diana dora dorothy edith eleanor elena elise élise
        eliza elizabeth ella ellen elsa emily emma ember esther eva eve fatima fiona flora
        florence frances freya grace greta hannah harriet hazel heidi helen hélène hilda ida
        ingrid irene iris isabel isabelle ivy jane jeanne jenny jessica joan josephine joséphine
        judith julia julie juliette karen kate katie laura lena léa lea lila lily lina linda lisa
        lola louise lucie lucy lydia mabel madeleine margaret margot maria marie marion marta
        martha mary matilda maud maya mia mila mina miriam molly nadia nancy nell nina nora odile
        olga olivia pauline penny petra polly rachel rebecca rosa rose rosie ruth sally sara sarah
        sofia sophia sophie stella susan sylvia tilda tilde valérie vera victoria violet wendy
        yasmin zoe zoé aïcha léonie mathilde simone""",
})  # fmt: skip

_ENGLISH = SpeechWords(
    verbs=_words("""
        said says asked asks replied answered cried shouted whispered called murmured muttered
        exclaimed told added yelled screamed growled hissed laughed sighed sobbed begged pleaded
        insisted agreed admitted announced argued barked bellowed boomed bragged breathed chirped
        chuckled claimed commanded complained concluded confessed continued croaked crowed
        declared demanded explained gasped giggled groaned grumbled grunted hooted howled
        inquired enquired interrupted joked lied mewed moaned mumbled observed offered ordered
        panted piped pointed promised protested purred put repeated remarked responded roared
        sang scoffed scolded shrieked sneered snapped snarled sniffed snorted spat spoke squeaked
        squealed stammered stuttered suggested teased thought thundered urged wailed warned
        went whimpered whined wondered yawned yelped quoth wanted began finished returned mused
        croaked rumbled trilled cooed quacked bleated rasped blurted mouthed corrected countered
        swore vowed reminded assured pressed prompted ventured drawled crooned
    """),
    loose_verbs=r"[a-z]+(?:ed|aid|ang|oke)",
    written=_words("wrote written printed read spelled painted carved scrawled marked titled"),
    pronouns={"he": "m", "she": "f", "it": "n", "they": "they"},
    first_person=_words("i we"),
    determiners=dict.fromkeys(
        _words("the a an his her their its my our your this that another one every"), ""
    ),
    genders=_by(
        {
            "m": """mr sir lord king prince duke uncle father dad daddy papa grandfather grandpa
            brother
            son boy man lad gentleman husband monk priest knight wizard grandson nephew duke
            fisherman ferryman policeman postman fireman butcher sailor rooster ram ox bull
            emperor baron count mister guy fellow groom king""",
            "f": """mrs ms miss madam lady queen princess duchess aunt auntie mother mum mummy mom
            mama
            grandmother grandma granny sister daughter girl woman lass wife nun witch hen cow mare
            niece granddaughter empress baroness countess maid bride waitress nurse fairy""",
        }
    ),
    titles=_words("""
        mr mrs ms miss dr doctor sir lady lord king queen prince princess captain professor
        inspector constable sergeant detective uncle aunt auntie father mother brother sister
        grandma grandpa granny old little young mister madam saint emperor duke duchess general
        colonel major judge mayor nurse chef cousin baron count master
    """),
    generic=_words("""
        man woman boy girl child lad lass lady gentleman fellow stranger creature animal person
        one other kid youngster guy beast
    """),
    kin=_by(
        {
            "father": "father dad daddy papa pa",
            "mother": "mother mum mummy mom mommy mama ma",
            "grandmother": "grandmother grandma granny gran nana",
            "grandfather": "grandfather grandpa granddad grandad",
        }
    ),
    ends=_words("""
        and but or who which that as with without in on at to from of for into by when while then
        because over under after before behind through out up down off away back again too
        softly quietly gently loudly at_last once was were had has is still also just only almost
        already never always suddenly finally really nearly simply
    """),
    ages=_by(
        {
            "old": "old ancient elderly grandmother grandfather grandma grandpa granny aged",
            "young": "young youth apprentice lad lass prince princess",
            "child": "little small boy girl child baby kid tiny son daughter grandson pup cub kit",
        }
    ),
    not_names=tongue_of("en").openers
    | _words("""
        two three four five six something ow hush hello goodbye please thank thanks sorry good dear
        sir madam miss nonsense snow any can could do does did is are was were will would shall
        should let look come go stop wait have has had tell never always just still some many each
        than like until though although such too very quite don't it's i'm i've i'll you're that's
        can't won't didn't isn't what's there's let's he's she's we're they're couldn't wouldn't
        halfway between through across during above below along around
    """),
    names=_FIRST_NAMES,
)

_FRENCH = SpeechWords(
    verbs=_words("""
        dit dis disait demanda demande demandait répondit répond répondait cria crie criait
        murmura murmure chuchota chuchote souffla souffle fit fait reprit reprend ajouta ajoute
        s'écria s'exclama soupira soupire hurla hurle gémit grogna grogne gronda gronde grommela
        répéta répète répliqua réplique rétorqua expliqua explique avoua avoue ordonna ordonne
        proposa propose promit promet protesta proteste supplia supplie insista insiste continua
        continue poursuivit poursuit conclut conclua annonça annonce appela appelle lança lance
        balbutia bégaya bredouilla marmonna ricana rit riait sanglota pleura pensa songea déclara
        déclare affirma affirme assura acquiesça admit approuva objecta interrogea s'étonna
        s'enquit s'inquiéta coupa interrompit siffla miaula aboya rugit croassa caqueta chanta
        chantonna bâilla hoqueta haleta plaisanta renchérit suggéra tonna trancha remarqua
        observa confia confirma commença acheva termina s'excusa gazouilla glapit piailla feula
    """),
    loose_verbs=r"(?:s['’])?[a-zà-ÿœ]+(?:a|it|ut|int)",
    written=_words("écrit imprimé gravé lisait lut écrivit peint marqué intitulé inscrit"),
    pronouns={"il": "m", "elle": "f", "on": "n", "ils": "they", "elles": "they"},
    first_person=_words("je j nous"),
    determiners={
        **dict.fromkeys(_words("le un mon ton du au ce cet"), "m"),
        **dict.fromkeys(_words("la une ma ta cette"), "f"),
        **dict.fromkeys(_words("l' l’ son sa ses leur leurs les des notre votre"), ""),
    },
    genders=_by(
        {
            "m": """m monsieur roi prince oncle père papa grand-père papi frère fils garçon homme
            mari
            moine prêtre chevalier vieillard contrôleur meunier marin dragon rat loup renard
            seigneur
            pépé gamin bonhomme maître boulanger pêcheur docteur inspecteur facteur page capitaine
            comte duc baron ours lapin chat chien coq hibou""",
            "f": """mme madame mlle mademoiselle reine princesse tante mère maman grand-mère mamie
            sœur
            soeur fille femme épouse sorcière dame vieille mémé gamine bergère fée souris mouette
            poule chouette grenouille tortue comtesse duchesse servante fermière boulangère
            voisine""",
        }
    ),
    titles=_words("""
        m mme mlle monsieur madame mademoiselle docteur dr professeur capitaine inspecteur roi reine
        prince princesse oncle tante père mère papi mamie maître commissaire vieux vieille petit
        petite saint sœur frère comte comtesse duc général colonel
    """),
    generic=_words("""
        homme femme garçon fille enfant vieillard dame monsieur vieux vieille petit petite gamin
        gamine inconnu inconnue créature animal bête fillette garçonnet
    """),
    kin=_by(
        {
            "père": "père papa",
            "mère": "mère maman",
            "grand-mère": "grand-mère mamie mémé mamy",
            "grand-père": "grand-père papi pépé papy",
        }
    ),
    ends=_words("""
        et mais ou qui que dont comme avec sans dans sur à de d' d’ du des au aux en pour par vers
        quand tandis puis car sous chez après avant d'une d’une d'un d’un encore enfin alors tout
        doucement aussi toujours déjà jamais presque soudain seulement
    """),
    ages=_by(
        {
            "old": "vieux vieille vieil vieillard grand-mère grand-père mamie papi ancien",
            "young": "jeune apprenti apprentie page prince princesse",
            "child": "petit petite garçon fille enfant fillette garçonnet bébé fils gamin gamine",
        }
    ),
    not_names=tongue_of("fr").openers
    | _words("""
        hein hélas eh bon bien très trop pas plus à en y c'est c’est j'ai j’ai n'en n’en ohé entre
        deux trois quelque quelqu quelqu'un quelqu’un seulement impossible attends regarde viens va
        allons montez donnez
    """),
    names=_FIRST_NAMES,
)

_LANGUAGES: Mapping[str, SpeechWords] = {"en": _ENGLISH, "fr": _FRENCH}


def speech_words(language: str) -> SpeechWords:
    """The words for a BCP-47 language."""
    return _LANGUAGES.get(base(language), _ENGLISH)
