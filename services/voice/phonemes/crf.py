"""Conditional random fields that come with the `gruut-lang-*` packages: word classes, letters.

Two uses of one library: tagging the words of a sentence with their class (so that `read` and `live`
are said right), and guessing the sounds of a word that no dictionary has. The features below are
those that the models were trained on (gruut, MIT licence: https://github.com/rhasspy/gruut).
It does not know what the tags or sounds are used for.
"""

from __future__ import annotations

import base64
import string
from collections.abc import Sequence
from pathlib import Path

import pycrfsuite

Features = dict[str, str | bool | float]


def _open(model: Path) -> pycrfsuite.Tagger:
    tagger = pycrfsuite.Tagger()
    tagger.open(str(model))
    return tagger


def _coded(letters: str) -> str:
    return base64.b64encode(letters.encode()).decode("ascii")


class WordClasses:
    """Tags words with their part of speech.

    Args:
        model: `pos/model.crf` of a language package.
    """

    def __init__(self, model: Path) -> None:
        self._tagger = _open(model)

    def __call__(self, words: Sequence[str]) -> list[str]:
        """One tag a word, in the model's tag set (English: Penn Treebank, French: UPOS)."""
        return list(self._tagger.tag([self._features(words, at) for at in range(len(words))]))

    @classmethod
    def _features(cls, words: Sequence[str], at: int) -> Features:
        features = cls._local(words[at], "")
        if at == 0:
            features["BOS"] = True
        if at == len(words) - 1:
            features["EOS"] = True
        for offset in (-1, -2, 1, 2):
            if 0 <= at + offset < len(words):
                features |= cls._local(words[at + offset], f"{offset:+d}:")
        return features

    @staticmethod
    def _local(word: str, prefix: str) -> Features:
        features: Features = {
            f"{prefix}bias": 1.0,
            f"{prefix}word": _coded(word),
            f"{prefix}len(word)": float(len(word)),
            f"{prefix}word.ispunctuation": word in string.punctuation,
            f"{prefix}word.isdigit()": word.isdigit(),
        }
        for size in (2, 3):
            features[f"{prefix}word[:{size}]"] = word[:size]
            features[f"{prefix}word[-{size}:]"] = word[-size:]
        return features


class LettersToSounds:
    """Guesses the sounds of a word from its letters.

    Args:
        model: `g2p/model.crf` of a language package.
    """

    def __init__(self, model: Path) -> None:
        self._tagger = _open(model)

    def __call__(self, word: str) -> str:
        """IPA of a lower-case word, stress marks before vowels, no separators."""
        tags = self._tagger.tag([self._features(word, at) for at in range(len(word))])
        sounds = (base64.b64decode(tag).decode() for tag in tags)
        return "".join(sound.replace("|", "") for sound in sounds if sound != "_")

    @staticmethod
    def _features(word: str, at: int) -> Features:
        features: Features = {"bias": 1.0, "grapheme": _coded(word[at])}
        if at == 0:
            features["begin"] = True
        if at == len(word) - 1:
            features["end"] = True
        for distance in (1, 2, 3):
            if at >= distance:
                features[f"grapheme-{distance}"] = _coded(word[at - distance])
            if at + distance < len(word):
                features[f"grapheme+{distance}"] = _coded(word[at + distance])
        return features
