"""Letters: Cyrillic in Latin ones, what each key types on the other keyboard layout, and what looks alike."""

CYRILLIC_TO_LATIN = {
    ord(letter): latin
    for letter, latin in {
        # Russian
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i",
        "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
        "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "",
        "э": "e", "ю": "iu", "я": "ia",
        # Ukrainian, Belarusian
        "і": "i", "ї": "i", "є": "e", "ґ": "g", "ў": "u",
        # Kazakh, Kyrgyz, Tatar, Uzbek
        "ә": "a", "ғ": "g", "қ": "k", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h", "җ": "zh", "ҳ": "h",
        # Serbian, Macedonian
        "ј": "i", "љ": "l", "њ": "n", "ћ": "ch", "ђ": "zh", "џ": "zh",
    }.items()
}  # fmt: skip
"""One Latin spelling for each Cyrillic letter; the other spellings people type are led to it by `skeleton`."""

LETTERS_WITHOUT_MARK = {ord(letter): plain for letter, plain in {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ə": "a", "ŋ": "n",
}.items()}  # fmt: skip
"""Letters that Unicode does not take apart into a plain letter and a mark."""

CARONS = {ord(letter): latin for letter, latin in {
    "š": "sh", "č": "ch", "ć": "ch", "ž": "zh", "đ": "dj", "ŝ": "sh", "ş": "sh",
}.items()}  # fmt: skip
"""Marked letters that stand for a Cyrillic one in scholarly transliteration, where dropping the mark would lose it."""

APOSTROPHES = dict.fromkeys(map(ord, "´ʹʺʼʻʾʿ‘’‛′″"), "'")
"""Signs inside a name that are typed in many ways or not at all."""

HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")

_LATIN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./" + '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?'
_RUSSIAN_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю." + "ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,"

TYPED_ON_RUSSIAN_KEYS = str.maketrans(_LATIN_KEYS + "@#$^&", _RUSSIAN_KEYS + '"№;:?')
"""What stands on the screen when Russian was meant and the Latin layout was on, back to Russian."""

TYPED_ON_LATIN_KEYS = str.maketrans(_RUSSIAN_KEYS + '"№;:?', _LATIN_KEYS + "@#$^&")
"""The other way round: Latin was meant and the Russian layout was on."""

LOOK_ALIKE = str.maketrans("авекмнорстухі", "abekmhopctyxi")
"""Cyrillic letters read off a label as Latin ones."""
