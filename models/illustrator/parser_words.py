"""The vocabulary of the parser, English and French, folded (lower case, no accents, no hyphens).

Only words; how they are read is the business of `parser`, `parser_places` and `parser_nouns`.
"""
# ruff: noqa: E501, SIM905 - word lists read better as prose


def _table(*rows: tuple[str, str]) -> dict[str, str]:
    return {phrase.strip(): value for value, phrases in rows for phrase in phrases.split(",")}


# Places: a word for one to its setting.
PLACES = _table(
    ("forest", "forest,forests,wood,woods,woodland,grove,thicket,wild wood,pine wood,clearing,glade,among the trees,through the trees,between the trees,foret,bois,clairiere,sous bois,undergrowth,under the trees,beneath the trees,beneath the branches,sous les arbres"),
    ("meadow", "meadow,meadows,field,fields,grass,lawn,pasture,prairie,grassland,prairies,champ,champs,pre,herbe,pelouse,pastures"),
    ("hills", "hill,hills,hilltop,hillside,valley,moor,colline,collines,vallee,lande,hilltops,slope,slopes,dale"),
    ("mountains", "mountain,mountains,mountaintop,mountain top,peak,peaks,cliff,cliffs,summit,mountain path,montagne,montagnes,sommet,falaise,ridge,alps,mountain pass,mountainside,alpes"),
    ("beach", "beach,seaside,shore,seashore,sand,coast,dune by the sea,plage,rivage,bord de la mer,bord de mer,sable,sands,seafront"),
    ("island", "island,islands,desert island,ile,iles,isle,islet,atoll,ilot"),
    ("sea", "sea,ocean,seas,waves,open sea,high seas,mer,ocean,vagues,flots,at sea,open water,open ocean,au large,pleine mer"),
    ("underwater", "underwater,under the sea,under the water,under the waves,under the ocean,beneath the waves,beneath the sea,beneath the water,below the waves,deep in the sea,deep in the ocean,deep under the sea,deep under the ocean,deep below the sea,bottom of the sea,bottom of the ocean,sea bed,seabed,sea floor,ocean floor,coral reef,reef,depths,sous l eau,sous la mer,fond de la mer,fond de l ocean,fonds marins,recif,under water,sea bottom,deep sea,beneath the sea's surface,beneath the surface of the sea,below the surface,beneath the surface,sous les flots,sous les vagues"),
    ("river", "river,riverside,stream,brook,creek,riverbank,river bank,waterfall,riviere,fleuve,ruisseau,cascade,rive,rapids,riverbed,river's edge,bord de l eau"),
    ("lake", "lake,pond,lakeside,pool,lagoon,waterhole,water hole,lac,etang,mare,lakeshore,lake shore,millpond"),
    ("swamp", "swamp,marsh,bog,marshes,marais,marecage,wetland,wetlands,mire,quagmire,swamps,bogs"),
    ("desert", "desert,dune,dunes,sand dunes,dunes de sable,sahara,oasis,deserts,oases,sands of the desert,desert sands"),
    ("savanna", "savanna,savannah,african plain,plains of africa,plain,plains,savane,grasslands of africa,savannas,savannahs,acacia trees"),
    ("jungle", "jungle,rainforest,rain forest,tropical forest,jungles,tropical trees,lianas,tropics,lianes"),
    ("snow", "snowy landscape,land of ice and snow,ice and snow,snowy field,snowy fields,white snow,snowfield,north pole,south pole,arctic,antarctic,on the ice,across the ice,over the ice,glacier,ski slope,snowy hill,frozen lake,neige fraiche,banquise,pole nord,pole sud,sur la glace,snowdrift,snowdrifts,snowfields,winter landscape,frozen plain,ice floe,ice field,paysage enneige,"
     "in the snow,in deep snow,through the snow,across the snow,into the snow,dans la neige"),
    ("farm", "farm,farmyard,barnyard,barn,stable,henhouse,chicken coop,pigsty,cornfield,wheat field,orchard,ferme,basse cour,grange,etable,poulailler,verger,farmhouse,farmland,cowshed,barnyards,paddock"),
    ("garden", "garden,gardens,flowerbed,flowerbeds,flower bed,flower garden,vegetable patch,backyard,back yard,yard,greenhouse,jardin,potager,serre,allotment,between the flowerbeds,front garden"),
    ("park", "park,city park,playground,parc,aire de jeux,square,playgrounds,parc de jeux"),
    ("road", "road,roads,lane,path,track,highway,crossroads,roadside,route,chemin,sentier,roadway,country lane,wayside,bord de la route"),
    ("village", "village,villages,hamlet,small town,little town,cottages,rooftops,hameau,toits,village green,village square,place du village"),
    ("city", "city,buildings of the city,streets of the city,town,street,streets,avenue,pavement,sidewalk,cities,bus stop,traffic,alley,ville,rue,rues,trottoir,downtown,boulevard,city square,big city"),
    ("harbour", "harbour,harbor,port,dock,docks,quay,pier,jetty,marina,quai,wharf,boatyard,quayside,waterfront,ponton"),
    ("market", "market,marketplace,market square,bazaar,fair,stalls,au marche,le marche,du marche,place du marche,jour de marche,foire,market stalls,market stall,market day"),
    ("circus", "circus,circus ring,ring of the circus,circus tent,big top,cirque,chapiteau,ring of a circus,circus arena,under the big top"),
    ("castle", "castle,palace,fortress,courtyard,drawbridge,chateau,palais,forteresse,kingdom,royaume,castle walls,castle gate,battlements,ramparts,moat,castle yard,remparts,douves"),
    ("throne_room", "throne room,throne hall,ballroom,great hall,royal hall,banquet hall,salle du trone,salle de bal,grande salle,royal court,royal chamber,king's hall,queen's hall,cour du roi"),
    ("school", "school,classroom,class,schoolroom,ecole,classe,salle de classe,blackboard,schoolyard,at school,cour d ecole"),
    ("library", "library,among the bookshelves,between the bookshelves,shelves full of books,bookshop,book shop,archive,bibliotheque,librairie,reading room,bookstore,rayonnages"),
    ("shop", "shop,counter of the shop,counter of a shop,bakery,store,toy shop,toyshop,sweet shop,pastry shop,cafe,restaurant,supermarket,boutique,boulangerie,magasin,epicerie,patisserie,grocery,grocer's,baker's,shops"),
    ("kitchen", "kitchen,pantry,kitchen table,cuisine,scullery,kitchens"),
    ("bedroom", "bedroom,nursery,in bed,into bed,to bed,bedside,her bed,his bed,their beds,under the covers,blanket,pillow,chambre,au lit,dans son lit,bedchamber,bedrooms"),
    ("living_room", "living room,sitting room,parlour,parlor,room,lounge,hall,hallway,house,home,cottage,hut,cabin,inside the house,indoors,fireside,by the fire,fireplace,attic,cellar,dining room,salon,salle a manger,maison,chez lui,chez elle,grenier,coin du feu,cheminee,cabane,drawing room,family room"),
    ("workshop", "workshop,forge,smithy,studio,shed,garage,laboratory,lab,atelier,laboratoire,carpenter's,toolshed,tool shed,blacksmith's"),
    ("cave", "cave,cavern,den,tunnel,underground,lair,mine,burrow,grotte,caverne,taniere,terrier,caves,caverns,grotto,mine shaft,souterrain"),
    ("ship_deck", "deck,on deck,ship's deck,deck of the ship,deck of a ship,aboard the ship,on board,on the ship,pont du navire,pont du bateau,a bord,rigging,ship's rail,ship's wheel,upper deck,deck of the boat,deck of a boat"),
    ("train", "on the train,inside the train,in the train,on a train,inside a train,in a train,dans un train,window of the train,railway carriage,train carriage,carriage window,compartment,dans le train,wagon,carriage of the train,carriage of a train,railway car,aboard the train,aboard a train"),
    ("sky", "in the sky,across the sky,through the sky,into the sky,sky,above the clouds,through the clouds,among the clouds,in the clouds,clouds,in the air,through the air,into the air,high above the world,rooftops of the world,dans le ciel,dans les nuages,au dessus des nuages,dans les airs,heavens,up in the air,high in the air,above the earth,mid air,skies,cieux"),
    ("space", "stars,etoiles,space,outer space,among the stars,to the stars,galaxy,universe,between the planets,planets,milky way,espace,parmi les etoiles,galaxie,univers,cosmos,deep space,orbit,starry void,among the planets"),
    ("moon", "moon,lune,on the moon,craters of the moon,moon's surface,surface of the moon,lunar,sur la lune,moon dust,lunar surface,lunar plain,on the moon's surface,sol lunaire"),
)  # fmt: skip

# Of those, what may be said of any place.
IN_SNOW = frozenset(
    {
        "in the snow",
        "in deep snow",
        "through the snow",
        "across the snow",
        "into the snow",
        "dans la neige",
    }
)

# What happens hints at a place when no place is named.
VERB_HINTS = _table(
    ("sea", "sailed,sailing,sail,sails,navigated,shipwrecked,navigua,naviguait,naviguaient,vogue,voguait"),
    ("lake", "swam,swimming,swim,swims,splashed,splashing,rowed,paddled,fishing,fished,nageait,nageaient,nage,nagea,nagent,ramait,pechait"),
    ("underwater", "dived,dove,diving,plongea,plongeait"),
    ("kitchen", "baked,baking,cooked,cooking,stirred,stirring,kneaded,breakfast,dinner,supper,recipe,cuisinait,cuisinaient,prepara un gateau"),
    ("bedroom", "asleep,slept,sleeping,sleeps,dreamed,dreaming,dreamt,bedtime,woke,snored,yawned,pyjamas,dormait,dormaient,dort,dorment,endormi,endormie,endormit,revait,reveilla"),
    ("garden", "planted,planting,watered,watering,weeded,plantait,arrosait"),
    ("farm", "ploughed,plowed,milked,harvested,harvest,trait les vaches"),
    ("snow", "skated,skating,skied,skiing,sledging,sledding,sledge,patinait,skiait"),
    ("mountains", "climbed,climbing,hiked,grimpait,escaladait"),
    ("meadow", "galloped,galloping,grazed,grazing,galopait,broutait,broutaient"),
    ("sky", "flew,flying,soared,soaring,glided,volait,volaient,s envola"),
    ("school", "lesson,taught,homework,teacher,lecon,enseignait"),
    ("workshop", "hammered,carved,repaired,mended,sawed,reparait,sculptait"),
    ("circus", "juggled,acrobats,tightrope,jonglait"),
    ("market", "sold,bought,vendait,achetait"),
    ("city", "drove,traffic,conduisait"),
    ("throne_room", "crowned,knelt before the king,couronne par"),
)  # fmt: skip

TIMES = _table(
    ("night", "night,nights,nighttime,midnight,moonlight,moonlit,starlight,starry,moon,full moon,stars,in the dark,dark night,after dark,tonight,bedtime,fireflies,nuit,minuit,clair de lune,etoiles,etoilee,etoile,lune,ce soir la nuit"),
    ("sunset", "sunset,dusk,twilight,evening,sundown,nightfall,sun set,sun went down,sun was setting,sun sank,sun goes down,setting sun,orange sky,coucher du soleil,coucher de soleil,crepuscule,soir,soleil se couchait,soleil couchant,tombee de la nuit"),
    ("dawn", "dawn,sunrise,daybreak,first light,early morning,early in the morning,sun rose,rising sun,sun came up,sun was rising,sun rises,pink morning,aube,aurore,lever du soleil,petit matin,soleil se leva,soleil se levait,soleil levant"),
    ("day", "during the day,by day,in broad daylight,pendant la journee,de jour,day,daytime,morning,noon,midday,afternoon,sunny,sunshine,daylight,sun,matin,midi,apres midi,jour,journee,ensoleille,ensoleillee,soleil,plein jour"),
)  # fmt: skip
# Words that mean an hour only faintly ("one day", "the sun and the moon"): used when nothing else speaks.
FAINT_TIMES = frozenset(
    {
        "day",
        "days",
        "jour",
        "sun",
        "soleil",
        "moon",
        "lune",
        "stars",
        "etoiles",
        "etoile",
        "bedtime",
        "fireflies",
        "morning",
        "matin",
        "journee",
    }
)

WEATHERS = _table(
    ("rain", "rain,rained,raining,rains,rainy,drizzle,shower,puddle,puddles,downpour,pluie,pleuvait,pleut,pluvieux,pluvieuse,flaque,flaques,averse"),
    ("storm", "storm,storms,stormy,thunder,thunderstorm,lightning,tempest,hurricane,orage,tempete,tonnerre,orageux,orageuse"),
    ("snow", "snowed,snowing,snows,snowfall,snowflake,snowflakes,blizzard,snowstorm,snow fell,falling snow,snow was falling,snow falls,snow began to fall,neigeait,neige tombait,neige tombe,flocons,il neige,tempete de neige"),
    ("fog", "fog,foggy,mist,misty,haze,brouillard,brume,brumeux,brumeuse"),
    ("wind", "wind,windy,breeze,gale,gust,blew,vent,brise,venteux,venteuse"),
    ("cloudy", "cloudy,overcast,grey clouds,gray clouds,grey sky,gray sky,grey day,dark clouds,nuageux,ciel gris,gris et nuageux"),
    ("clear", "clear sky,clear skies,cloudless,clear night,ciel clair"),
)  # fmt: skip

SEASONS = _table(
    ("winter", "winter,snow,snowy,frost,frosty,christmas,icy,frozen,wintry,snowman,hiver,neige,noel,gel,gele,gelee,enneige,enneigee,enneiges,bonhomme de neige"),
    ("spring", "in spring,spring day,spring morning,spring afternoon,springtime,spring flowers,spring came,spring meadow,easter,cherry blossom,cherry blossoms,blossoms,printemps,paques"),
    ("autumn", "autumn,leaves were red,leaves turned,leaves were turning,leaves fell,in the fall,fall leaves,falling leaves,golden leaves,red leaves,harvest,halloween,october,november,automne,feuilles mortes,feuilles d or,recolte"),
    ("summer", "summer,july,august,midsummer,ete,en ete,juillet,aout"),
)  # fmt: skip

MOODS = _table(
    ("spooky", "spooky,haunted,scary,creepy,eerie,ghostly,frightening,terrifying,hante,hantee,effrayant,effrayante,lugubre"),
    ("magical", "magic,magical,enchanted,spell,glowing,sparkling,wizardry,fairy tale,magique,enchante,enchantee,feerique,sortilege"),
    ("sad", "sad,sadly,cried,crying,tears,lonely,alone,weeping,triste,pleurait,seul,seule,larmes"),
    ("happy", "happy,happily,laughed,laughing,cheerful,joy,smiled,party,joyful,birthday,heureux,heureuse,joyeux,joyeuse,riait,fete,anniversaire"),
    ("exciting", "raced,chased,adventure,battle,fought,escaped,aventure,bataille,poursuivait,combat"),
    ("calm", "quiet,quietly,peaceful,calm,gentle,silent,silently,calme,paisible,tranquille,doucement"),
)  # fmt: skip

FRAMINGS = _table(
    ("close", "close up,closeup,portrait of,face of,gros plan,portrait de"),
    ("wide", "wide view,far away,view of,landscape,panorama,in the distance,vast,vue de,paysage,au loin"),
)  # fmt: skip

COLOUR_WORDS = _table(
    ("red", "red,scarlet,rouge,rouges"), ("blue", "blue,bleu,bleue,bleus,bleues"),
    ("green", "green,emerald green,vert,verte,verts,vertes"), ("yellow", "yellow,jaune,jaunes"),
    ("orange", "orange,orangee"), ("purple", "purple,mauve,pourpre"), ("violet", "violet,violette,violets"),
    ("pink", "pink,rosy,rose pale"), ("brown", "brown,marron,brun,brune"), ("black", "black,noir,noire,noirs,noires"),
    ("white", "white,blanc,blanche,blancs,blanches"), ("grey", "grey,gray,gris,grise,grises"),
    ("golden", "golden,gold,dore,doree,en or"), ("silver", "silver,silvery,argente,argentee"),
    ("turquoise", "turquoise,teal"), ("crimson", "crimson,cramoisi"), ("beige", "beige"), ("cream", "cream"),
)  # fmt: skip

SIZES = _table(
    ("small", "small,tiny,little,wee,mini,miniature,petit,petite,petits,petites,minuscule"),
    ("large", "big,huge,giant,enormous,large,great,gigantic,massive,grand,grande,grands,grandes,gros,grosse,enorme,geant,geante,immense"),
)  # fmt: skip

NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "pair": 2, "couple": 2, "both": 2,
    "dozen": 12, "several": 3, "some": 3, "many": 5, "few": 3, "flock": 5, "herd": 4, "group": 4,
    "family": 4, "pack": 4, "swarm": 5, "bunch": 3, "lots": 5, "hundreds": 9, "dozens": 9, "crowd": 6,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "douze": 12, "douzaine": 12, "plusieurs": 3, "quelques": 3, "troupeau": 4, "groupe": 4,
    "school": 5, "paire": 2, "onze": 11, "beaucoup": 5,
}  # fmt: skip
COLLECTIVES = frozenset(
    "pair couple flock herd group family pack swarm bunch lots hundreds dozens crowd school dozen troupeau groupe paire douzaine beaucoup".split()
)

RELATIONS = _table(
    ("beside", "beside,not far from,non loin de,non loin du,next to,near,nearby,close to,alongside,with,and with,a cote de,a cote du,a cote d,pres de,pres du,pres d,avec"),
    ("behind", "behind,in back of,derriere"),
    ("in_front", "in front of,before,devant,outside"),
    ("on", "on,on top of,upon,onto,atop,riding,rode,rides,riding on,rode on,aboard,sur,au sommet de,a cheval sur"),
    ("under", "under,underneath,beneath,below,sous,au dessous de,dessous"),
    ("inside", "inside,in,into,within,out of,a l interieur de,dans"),
    ("above", "above,over,high above,au dessus de,au dessus du,au dessus d"),
    ("holding", "holding,held,holds,carrying,carried,carries,clutching,hugged,hugging,hugs,waving,gripping,playing,tenait,tient,tenant,portait,porte,portant"),
)  # fmt: skip

POSES = _table(
    ("flying", "flew,flying,flies,fly,soared,soaring,hovering,hovered,fluttered,glided,volait,volaient,vole,volent,vola,planait"),
    ("sleeping", "fell asleep,fall asleep,slept,sleeping,asleep,sleeps,sleep,napping,snored,dozed,dormait,dormaient,dort,dorment,endormi,endormie,endormit"),
    ("swimming", "swam,swimming,swims,swim,diving,dived,nageait,nageaient,nage,nagent,nagea"),
    ("jumping", "jumped,jumping,jumps,leapt,leaped,leaping,hopped,hopping,bounced,sauta,sautait,saute,bondit"),
    ("falling", "fell,falling,tumbled,tomba,tombait"),
    ("", "fell ill,fell sick,fell silent,fell quiet,fell still,fell in love,fell to,fell upon,tomba malade,tombait malade,tomba amoureux,tomba amoureuse,tomba sur"),
    ("standing", "perched,sat,stood,landed,sits,sitting,posa,assis,assise,perche,perchee"),
)  # fmt: skip

NEGATIONS = frozenset("no without never neither nor pas sans aucun aucune ni jamais not".split())
FIGURES_OF_SPEECH = frozenset(
    "like than dreamed dreamt dreaming thought imagined remembered wished pretended comme revait pensait imaginait story stories tale tales".split()
)
DETERMINERS = frozenset(
    "the a an his her their its my our your this that these those some any every each another le la les l un une des du de d son sa ses leur leurs mon ma mes ce cet cette ces au aux notre nos".split()
)
LOCATIVE_STRONG = frozenset(
    "in on at through across inside into within among around over along amid down up throughout aboard onto dans sur en au aux a parmi travers".split()
)
LOCATIVE_WEAK = frozenset(
    "by near beside outside behind from toward towards to past beyond before front close above bord pres vers devers depuis devant derriere".split()
)
# Parts that no picture shows by themselves.
STANDS_FOR = dict.fromkeys(("branch", "branches", "bough", "boughs", "branche"), "tree")
# Of those, the ones that right after somebody are what he does: "the baker rose".
VERBS_TOO = frozenset(
    "saw rose bow ring rings swing swings slide slides plant plants bark duck ducks bear bears leaves rock rocks swallow drum jam spring seal seals crow crows train trains watch watches hammer hammers paint fly flies bug die tear tears cook cooks guard judge pilot guide nurse beat tour porte sort lit".split()
)
# Nouns of the library that are more often something else: believed only after a determiner,
# a number or an adjective.
DOUBTFUL = frozenset(
    "lily ruby daisy poppy ivy holly olive pearl robin iris violet jasmine hazel ginger saw rose bow ring rings swing swings slide slides plant plants bark box boxes duck ducks bear bears nest leaf leaves rock rocks swallow drum well bat bats jam kid spring shell seal seals crow crows net lock sweet wood fire train trains ship map letter star key train fan star orange light lights watch hammer brush paint fly flies bug bugs ram hay corn pie toast die tear bowl bottle box feather cook cooks guard judge pilot guide nurse page smart imp mole ant sole saw web jewel beat book books mine mare place tour sort porte pelle pie ferme avocat lit four son or car pie cerf dent file bus court orange".split()
)
