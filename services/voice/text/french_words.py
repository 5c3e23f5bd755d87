"""Word lists of French reading: what abbreviations, signs and units stand for. Data only."""

from __future__ import annotations

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip

MAGNITUDES = {"k": "mille", "M": "millions", "Md": "milliards", "Mds": "milliards"}

# sign: one, many, hundredths
CURRENCIES = {
    "€": ("euro", "euros", "centimes"),
    "$": ("dollar", "dollars", "cents"),
    "£": ("livre", "livres", "pence"),
    "¥": ("yen", "yens", ""),
    "CHF": ("franc suisse", "francs suisses", "centimes"),
}

SYMBOLS = {
    "&": "et", "+": "plus", "=": "égale", "@": "arobase", "%": "pour cent", "‰": "pour mille",
    "#": "dièse", "×": "fois", "÷": "divisé par", "−": "moins", "<": "inférieur à",
    ">": "supérieur à", "≤": "au plus", "≥": "au moins", "≈": "environ", "≠": "différent de",
    "±": "plus ou moins", "°": "degrés", "$": "dollar", "£": "livre", "€": "euro",
    "©": "copyright", "®": "marque déposée", "™": "marque", "§": "paragraphe", "→": "vers",
    "∞": "infini", "π": "pi",
}  # fmt: skip

ADDRESS_SYMBOLS = {
    ".": "point", "/": "slash", "-": "tiret", "_": "tiret bas", ":": "deux points",
    "@": "arobase", "?": "point d'interrogation", "#": "dièse", "&": "et", "=": "égale",
    "%": "pour cent", "+": "plus",
}  # fmt: skip

UNITS = {
    "%": "pour cent", "‰": "pour mille", "km/h": "kilomètres heure", "m/s": "mètres par seconde",
    "km²": "kilomètres carrés", "m²": "mètres carrés", "m³": "mètres cubes",
    "cm³": "centimètres cubes", "km": "kilomètres", "m": "mètres", "cm": "centimètres",
    "mm": "millimètres", "µm": "micromètres", "nm": "nanomètres", "kg": "kilos", "g": "grammes",
    "mg": "milligrammes", "t": "tonnes", "l": "litres", "L": "litres", "ml": "millilitres",
    "mL": "millilitres", "cl": "centilitres", "dl": "décilitres", "°C": "degrés Celsius",
    "℃": "degrés Celsius", "°F": "degrés Fahrenheit", "°": "degrés", "ms": "millisecondes",
    "min": "minutes", "s": "secondes", "Hz": "hertz", "kHz": "kilohertz", "MHz": "mégahertz",
    "GHz": "gigahertz", "W": "watts", "kW": "kilowatts", "MW": "mégawatts",
    "kWh": "kilowattheures", "V": "volts", "A": "ampères", "dB": "décibels", "Pa": "pascals",
    "hPa": "hectopascals", "kcal": "kilocalories", "Ko": "kilooctets", "ko": "kilooctets",
    "Mo": "mégaoctets", "Go": "gigaoctets", "To": "téraoctets", "ha": "hectares",
    "px": "pixels",
}  # fmt: skip

FEMININE_UNITS = frozenset(
    {"tonnes", "minutes", "secondes", "millisecondes", "kilocalories", "livres"}
)

# Left out: `mer.`, `jeu.`, `mar.`, `ex.`, words of their own, which end sentences every day.
ABBREVIATIONS = {
    "M.": "monsieur", "MM.": "messieurs", "Mme.": "madame", "Mmes.": "mesdames",
    "Mlle.": "mademoiselle", "Mlles.": "mesdemoiselles", "Mgr.": "monseigneur", "Dr.": "docteur",
    "Pr.": "professeur", "Me.": "maître", "St.": "saint", "Ste.": "sainte", "etc.": "et cætera",
    "cf.": "confer", "env.": "environ", "chap.": "chapitre", "vol.": "volume",
    "éd.": "édition", "hab.": "habitants", "tél.": "téléphone", "bd.": "boulevard",
    "av.": "avenue", "janv.": "janvier", "févr.": "février", "juil.": "juillet",
    "sept.": "septembre", "oct.": "octobre", "nov.": "novembre", "déc.": "décembre",
    "max.": "maximum", "min.": "minimum",
}  # fmt: skip

NUMBERED_THINGS = frozenset(
    {"chapitre", "partie", "acte", "scène", "tome", "volume", "livre", "section", "guerre",
     "article", "titre", "annexe", "figure", "tableau", "classe", "leçon", "épisode", "saison"}
)  # fmt: skip
