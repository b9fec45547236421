"""Which writing a text is in, and whether a model that knows certain languages can read it."""

import unicodedata
from collections.abc import Iterable

#: Languages that are not written in Latin letters, and their scripts as Unicode's names of characters begin.
_SCRIPTS = {
    "ar": ("ARABIC",), "be": ("CYRILLIC",), "bg": ("CYRILLIC",), "bn": ("BENGALI",), "el": ("GREEK",),
    "fa": ("ARABIC",), "gu": ("GUJARATI",), "he": ("HEBREW",), "hi": ("DEVANAGARI",), "hy": ("ARMENIAN",),
    "ja": ("CJK", "HIRAGANA", "KATAKANA"), "ka": ("GEORGIAN",), "kk": ("CYRILLIC",), "km": ("KHMER",),
    "kn": ("KANNADA",), "ko": ("HANGUL",), "lo": ("LAO",), "mk": ("CYRILLIC",), "ml": ("MALAYALAM",),
    "mn": ("CYRILLIC",), "mr": ("DEVANAGARI",), "my": ("MYANMAR",), "ne": ("DEVANAGARI",), "pa": ("GURMUKHI",),
    "ru": ("CYRILLIC",), "si": ("SINHALA",), "sr": ("CYRILLIC",), "ta": ("TAMIL",), "te": ("TELUGU",),
    "th": ("THAI",), "uk": ("CYRILLIC",), "ur": ("ARABIC",), "zh": ("CJK",),
}  # fmt: skip
_LATIN = "LATIN"
#: The part of a text's letters that has to be strange for the text to be so.
_STRANGE = 0.5


def is_strange(text: str, languages: Iterable[str]) -> bool:
    """Whether most letters of a text are of a script in which none of these languages (ISO 639-1) is written.

    Nothing is strange where no language is said. Digits, signs and emoji are of no script.
    """
    known = {script for language in languages for script in _SCRIPTS.get(language, (_LATIN,))}
    letters = [unicodedata.name(letter, "") for letter in text if letter.isalpha()]
    if not known or not letters:
        return False
    strange = sum(not any(name.startswith(script) for script in known) for name in letters)
    return strange > _STRANGE * len(letters)
