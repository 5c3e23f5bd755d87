"""Word lists of English reading: what abbreviations, signs and units stand for. Data only."""

from __future__ import annotations

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

WEEKDAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday",
    "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip

MAGNITUDES = {
    "thousand": "thousand", "million": "million", "billion": "billion", "trillion": "trillion",
    "k": "thousand", "K": "thousand", "m": "million", "M": "million", "mn": "million",
    "bn": "billion", "B": "billion", "tn": "trillion", "T": "trillion",
}  # fmt: skip

# sign: one, many, one hundredth, hundredths
CURRENCIES = {
    "US$": ("dollar", "dollars", "cent", "cents"),
    "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "C$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "", ""),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₩": ("won", "won", "", ""),
    "¢": ("cent", "cents", "", ""),
}

SYMBOLS = {
    "&": "and", "+": "plus", "=": "equals", "@": "at", "%": "percent", "‰": "per mille",
    "#": "hash", "×": "times", "÷": "divided by", "−": "minus", "<": "less than",
    ">": "greater than", "≤": "at most", "≥": "at least", "≈": "about", "≠": "is not", "±":
    "plus or minus", "°": "degrees", "$": "dollar", "£": "pound", "€": "euro", "©": "copyright",
    "®": "registered", "™": "trademark", "§": "section", "→": "to", "∞": "infinity", "π": "pi",
}  # fmt: skip

ADDRESS_SYMBOLS = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", ":": "colon", "@": "at",
    "?": "question mark", "#": "hash", "&": "and", "=": "equals", "%": "percent", "+": "plus",
}  # fmt: skip

UNITS = {
    "%": ("percent", "percent"), "‰": ("per mille", "per mille"),
    "km/h": ("kilometre per hour", "kilometres per hour"),
    "m/s": ("metre per second", "metres per second"),
    "mph": ("mile per hour", "miles per hour"), "mpg": ("mile per gallon", "miles per gallon"),
    "km²": ("square kilometre", "square kilometres"), "m²": ("square metre", "square metres"),
    "m³": ("cubic metre", "cubic metres"), "cm³": ("cubic centimetre", "cubic centimetres"),
    "km": ("kilometre", "kilometres"), "m": ("metre", "metres"),
    "cm": ("centimetre", "centimetres"), "mm": ("millimetre", "millimetres"),
    "µm": ("micrometre", "micrometres"), "nm": ("nanometre", "nanometres"),
    "mi": ("mile", "miles"), "ft": ("foot", "feet"), "yd": ("yard", "yards"),
    "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"), "mg": ("milligram", "milligrams"),
    "µg": ("microgram", "micrograms"), "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"), "t": ("tonne", "tonnes"),
    "l": ("litre", "litres"), "L": ("litre", "litres"), "ml": ("millilitre", "millilitres"),
    "mL": ("millilitre", "millilitres"), "cl": ("centilitre", "centilitres"),
    "°C": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "℃": ("degree Celsius", "degrees Celsius"), "℉": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"), "K": ("kelvin", "kelvins"),
    "ms": ("millisecond", "milliseconds"), "µs": ("microsecond", "microseconds"),
    "min": ("minute", "minutes"), "hr": ("hour", "hours"), "hrs": ("hour", "hours"),
    "h": ("hour", "hours"), "s": ("second", "seconds"),
    "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"),
    "W": ("watt", "watts"), "kW": ("kilowatt", "kilowatts"), "MW": ("megawatt", "megawatts"),
    "kWh": ("kilowatt hour", "kilowatt hours"), "V": ("volt", "volts"), "A": ("amp", "amps"),
    "dB": ("decibel", "decibels"), "Pa": ("pascal", "pascals"),
    "hPa": ("hectopascal", "hectopascals"), "cal": ("calorie", "calories"),
    "kcal": ("kilocalorie", "kilocalories"), "kB": ("kilobyte", "kilobytes"),
    "KB": ("kilobyte", "kilobytes"), "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"), "TB": ("terabyte", "terabytes"),
    "Mbps": ("megabit per second", "megabits per second"), "px": ("pixel", "pixels"),
    "ha": ("hectare", "hectares"), "rpm": ("revolution per minute", "revolutions per minute"),
}  # fmt: skip

ABBREVIATIONS = {
    "Dr.": "doctor", "Mr.": "mister", "Mrs.": "missus", "Ms.": "miz", "Mx.": "mix",
    "Prof.": "professor", "St.": "saint", "Ste.": "saint", "Jr.": "junior", "Sr.": "senior",
    "Rev.": "reverend", "Hon.": "honourable", "Gov.": "governor", "Sen.": "senator",
    "Rep.": "representative", "Pres.": "president", "Capt.": "captain", "Gen.": "general",
    "Sgt.": "sergeant", "Lt.": "lieutenant", "Col.": "colonel", "Maj.": "major",
    "Cpl.": "corporal", "Cmdr.": "commander", "Adm.": "admiral", "Fr.": "father",
    "Mt.": "mount", "Ft.": "fort", "Ave.": "avenue", "Blvd.": "boulevard", "Rd.": "road",
    "Ln.": "lane", "Hwy.": "highway", "Sq.": "square", "Apt.": "apartment",
    "Inc.": "incorporated", "Ltd.": "limited", "Co.": "company", "Corp.": "corporation",
    "Bros.": "brothers", "Univ.": "university", "Dept.": "department", "Gmbh.": "G M B H",
    "Jan.": "January", "Feb.": "February", "Mar.": "March", "Apr.": "April", "Aug.": "August",
    "Sept.": "September", "Sep.": "September", "Oct.": "October", "Nov.": "November",
    "Dec.": "December",
    "etc.": "et cetera", "e.g.": "for example", "i.e.": "that is", "vs.": "versus",
    "v.": "versus", "cf.": "compare", "viz.": "namely", "ca.": "circa", "approx.": "approximately",
    "est.": "established", "dept.": "department", "vol.": "volume", "vols.": "volumes",
    "ch.": "chapter", "pp.": "pages", "p.": "page", "ed.": "edition", "eds.": "editors",
    "fig.": "figure", "figs.": "figures", "sec.": "seconds", "min.": "minutes", "hr.": "hour",
    "hrs.": "hours", "ft.": "feet", "lb.": "pound", "lbs.": "pounds", "oz.": "ounces",
    "a.m.": "A M", "p.m.": "P M", "a.d.": "A D", "b.c.": "B C", "b.c.e.": "B C E", "c.e.": "C E",
    "ph.d.": "P H D", "w/": "with", "w/o": "without", "misc.": "miscellaneous",
    "incl.": "including", "excl.": "excluding", "max.": "maximum",
    "tel.": "telephone", "ext.": "extension",
}  # fmt: skip

SENTENCE_CLOSERS = frozenset(
    {"etc.", "Inc.", "Ltd.", "Co.", "Corp.", "Jr.", "Sr.", "Ave.", "Blvd.", "Rd.", "St.", "hrs.",
     "min.", "sec.", "ft.", "lbs.", "oz.", "a.m.", "p.m.", "am.", "pm.",
     "Bros.", "Dept."}
)  # fmt: skip

# These are words of their own too, so they are abbreviations only beside a number.
BESIDE_NUMBERS = frozenset(
    {"fig.", "figs.", "max.", "min.", "sec.", "ed.", "ch.", "p.", "pp.", "ft.", "v.", "vol.",
     "vols.", "hr.", "lb.", "ext.", "ca.", "Sec.", "Ch."}
)  # fmt: skip

NUMBERED_THINGS = frozenset(
    {"chapter", "part", "act", "scene", "volume", "vol", "book", "section", "war", "phase", "type",
     "title", "article", "appendix", "figure", "table", "bowl", "stage", "level", "class", "unit",
     "lesson", "canto", "episode", "season", "division", "category", "apollo", "gemini", "rocky"}
)  # fmt: skip
