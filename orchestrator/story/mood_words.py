"""Words that tell a mood, in English and French. Data only.

Stems: a word belongs to the mood of the longest stem that it begins with; `=` at the end means the
whole word. `*` before a stem makes it count double.
"""

from __future__ import annotations

from collections.abc import Mapping

MOOD_STEMS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "tense": """*suddenly *danger afraid fear= fears= feared fearful frighten fright *terror
            terrif terrible *scream shriek *howl hiss= hissed growl snarl *flee= *fled= run! chase
            chasing hunt tremble trembling shiver shudder panic dread dare= dared dark= darkness
            shadow creep crept lurk threat attack grip gripped grab clutch crash crack= cracked
            snap= snapped burst storm thunder lightning wolf= wolves dragon= snake monster ghost
            burning flames fire! knife sword blood trap trapped hide! hid= hurry hurried quick!
            faster pounding hammered heart= footsteps nearer closer behind= alarm desperate
            tossed drown sinking help! beware breathless breathing scared midnight stalk""",
        "sad": """*wept *weep *cry= *crying *tears tear= *sob sobb sad= *sadly sadness sorrow grief
            griev mourn *lonely alone= lonel *funeral grave= buried bury died= die= dies= dying
            dead= death lost= loss miss= missed missing never= forgotten forsaken empty= gone=
            goodbye farewell sigh sighed heavy= broke= broken poor= pity regret mourn grey= gray=
            hopeless despair unhappy miserab orphan weary last= silent= away=""",
        "joyful": """*laugh *joy *happy *happi *happily merry *cheer cheered cheerful *hooray hurrah
            hurray smile= smiled smiling grin giggl danc= danced dancing dance= sang= sing= sings=
            singing song songs music= party feast celebrat birthday won= win= clap clapped delight
            glad fun= funny play= played playing kiss hug hugged wagged whistl bright= sunshine
            wonderful= holiday clown jump= jumped bells= treat love= loved yes! cake cakes""",
        "calm": """*calm *gentl *gently *soft= *softly *quiet= *quietly *peace *peaceful *still=
            stillness sleep= sleeping slept asleep dream= dreams dreaming drows *slow= *slowly
            rest= rested warm= warmth rock= rocked cradle lullaby hum= hummed breeze drift= drifted
            drifting moon= moonlight evening= snow= meadow blanket tucked curled purr purred kind=
            mild tea= whispered good= night= flowed smooth= hush silence softly stars=""",
        "angry": """*angry *anger *angrily *furious *fury *rage *raging *roar= *roared mad= curs
            cursed shout= shouted yell yelled scold snapped! snarl slam slammed smash smashed
            stamp= stamped fist fists glare= glared hate= hated hatred liar thief fool= traitor
            scoundrel villain dare! enemy revenge bellow thunder! clench out! stop! enough!""",
        "wonder": """*wonder *wondrous *marvel *marvellous *amaz *astonish *magic *magical enchant
            miracle mysterious mystery strange= strangely beautiful= beauty golden= gold= silver=
            shimmer sparkl glow= glowed glowing glitter gleam shine= shone shining crystal palace
            awe= gaze= gazed speechless breathtaking dazzl radiant treasure light= lights= stars
            never! colours= colors= rainbow secret= unicorn""",
    },
    "fr": {
        "tense": """*soudain *danger peur= peurs effray effroi épouvant terrif terreur terrible
            horrible cri= cris= *hurl sifflait grond grogna fui= *fuyez *fuit fuir fuite poursui
            trembl frisson frémi paniqu menac attaqu saisi agripp craqu brisa tempête orage
            tonnerre éclair loup= loups= dragon= serpent monstre fantôme brûl flammes feu! couteau
            épée sang= piège cach vite= vite! dépêch cœur= battait pas= approch derrière= ombre
            obscur ténèbres englouti noy alarme désespér secours attention! gratta arrivent
            déchir""",
        "sad": """*pleur *larme *sanglot triste *tristement tristesse chagrin peine= deuil *mourut
            *mort= morte= mourir meurt perdu= perdue= seul= seule= solitude abandonn oubli vide=
            adieu *soupir regret manqu jamais= lourd= pauvre malheur orphelin gris= grise dernier
            dernière personne= enterr tombe= silence= loin= hélas""",
        "joyful": """*joie *joyeu *joyeusement *heureu *heureux *hourra *ri= *riaient *rire= riait
            *rit= content gai= gaie= gaiement dans= dansa dansait dansaient danser danse= chant=
            chanta chantait chantaient chanter chanson fête festin anniversaire gagn applaudi
            bravo embrass sourire= souriait sourit amus drôle rigol jou= jouait jouaient musique
            cloches= saut= sauta gâteau victoire beau= vacances ravi""",
        "calm": """*calme *calmement *doux= *douce= *doucement *tranquill *paisibl *paix= *lent=
            *lentement dort= dormait dormaient endorm sommeil rêv repos berç berceuse fredonn
            ronronn brise= souffle= lune= soir= neige= tombait coulait chaud= chaleur couverture
            murmur chuchot silencieu apais feu= tiède veillée bougeait étoile étoiles""",
        "angry": """*colère *furieu *furieux *furieuse *rage *rugi *rugit enrag fâch cria= hurla=
            gronda= insult maudi menteur voleur traître haine détest poing poings tapa= claqu
            brisa= sortez! dehors! assez! vengeance ennemi imbécile fracass""",
        "wonder": """*merveill *émerveill *magie *magique *enchant étrange mystér miracle prodig
            étonn stupéf éblou *étincel brill lumineu lumière lueur scintill or= doré dorée argent=
            cristal palais trésor beauté splend magnifique arc-en-ciel jamais! mille= secret
            couleurs fée= licorne rayonn""",
    },
}
