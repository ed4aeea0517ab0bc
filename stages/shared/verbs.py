"""What an instruction asks for: its root verb and the noun that is the verb's direct object (spec B6, E2).

Self-Instruct reads both from a dependency parse of the first sentence. Instructions are commands, so a lexicon of parts
of speech (Brill's, which comes with textblob) and the rules below find them as well, a hundred times faster and without
a model to download: what stands before the command ("Given a text, please") is passed over; after the verb the first
noun phrase is the object, unless a preposition or a clause comes first.
"""

import importlib.util
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,]\d+)*|[^\w\s]")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)(?<!vs\.)\s+|\n+")
MOST_SENTENCES = 3
"""Sentences that may stand before the command ("You are given a text.")."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_BEFORE = re.compile(
    r"(?:please|kindly|pls|now|then|first|firstly|next|finally|also|just|simply|so|ok|okay|hi|hello|hey|and|again"
    r"|(?:can|could|would|will) (?:you|we)(?: (?:help )?me)?|(?:i|we) (?:want|need|would like|expect|ask) you to"
    r"|i'd like you to|you (?:need|have|are asked|are required|are expected|are going|are supposed|will need) to"
    r"|this task asks (?:models |you )?to"
    r"|you (?:should|must|will|can)|(?:your|the|this|our|my) (?:\w+ )?(?:task|goal|job|objective|aim)"
    r" (?:here )?(?:is|will be) to|let's|let us|help me(?: to)?|help to|try to|(?:be|make) sure to"
    r"|feel free to|go ahead and"
    r"|i (?:want|need|would like) to|(?:what i want|all you have to do) is to|do) (?:, )?"
)
"""What is said before a verb without being the command."""

_LEADING = _set(
    "given based using in for from with without if when where as after before by on at under upon within considering "
    "assuming suppose supposing taking following to while once according about among between considering provided "
    "looking reading being having through during because since unless whenever inspired referring regarding instead "
    "you i we"
)
"""Words that begin a phrase or clause after which the command comes."""

_EITHER = _set(
    "act answer brainstorm change clean clear cluster complete contrast copy correct count craft debug "
    "deconstruct design detail diagram double draft estimate exchange exercise extract factor figure filter flag "
    "flip focus format graph group guess hint index input interview judge label link list lower map mark model "
    "name note open order outline output pair paraphrase parse perfect phrase place plan plot position present "
    "print process program proofread question rank rate reason record reformat reframe reply report request "
    "research return review reword rework rhyme role round sample score separate set shift show sign sketch slow "
    "sort sound space split square stage state stress structure study substitute summary support swap switch "
    "table tag talk target test time title toggle tokenize tone total trace track train transfer try type use "
    "value view voice vote warm word"
)
"""Verbs that the lexicon has as something else, or not at all; many of them are nouns elsewhere."""

_QUESTION = _set(
    "what who whom whose which where when why how is are was were am do does did has have had can could will would "
    "shall should may might must isn't aren't doesn't don't didn't what's who's"
)
_PREPOSITIONS = _set(
    "about above across after against along among around as at before behind below beneath beside between beyond by "
    "concerning despite during except for from in inside into like of on onto outside per regarding since than through "
    "throughout till to toward towards under until upon using via versus vs with within without based so because "
    "while unless if whether although though where when how why what who whom which whose then such"
)
_DETERMINERS = _set(
    "a an the this that these those each every all any some no both either neither my your his her its our their "
    "another several many much few two three four five six seven eight nine ten twenty one's other same own most more "
    "less least enough at one"
)
_PRONOUNS = _set("i you he she it we they them him myself yourself itself themselves something anything everything")
_AUXILIARY = _set(
    "is are was were be been being am has have had do does did can could will would shall should may must"
)
_ENDING = (_PREPOSITIONS | _PRONOUNS | _AUXILIARY) - _DETERMINERS
"""Words before which a noun phrase ends."""

_PARTICLES = _set("up out down off away back")
_DATIVE = _set("give tell offer assign grant teach ask show send award")
_CAUSATIVE = _set("make let help have")
_APPEARING = _set("sound look read feel flow appear seem work stand fit")
_PASSED = _set(", and or & \" ' “ ” * ` - < > [ ] { } (")
"""Signs and words that may stand before the noun of a phrase."""

_IRREGULAR = {
    "criteria": "criterion",
    "data": "data",
    "media": "media",
    "phenomena": "phenomenon",
    "analyses": "analysis",
}


def verb_noun(instruction: str) -> tuple[str, str]:
    """The verb of the first command of an instruction and its object, both as a dictionary has them; "" for none.

    A question has neither; "Determine whether ..." has a verb alone.
    """
    for sentence in _SENTENCE_END.split(instruction.strip())[:MOST_SENTENCES]:
        tokens = _TOKEN.findall(sentence.replace("’", "'"))
        low = [token.lower() for token in tokens]
        start = _command(low)
        if start is not None:
            verb = low[start].replace("-", "")
            return verb, _object(tokens, low, start + 1, verb)
        if low and (low[-1] == "?" or low[0] in _QUESTION):
            return "", ""
    return "", ""


def _command(low: list[str]) -> int | None:
    """Where the verb of the command stands; None where the sentence has none."""
    start = _past_polite(low, 0)
    if _is_verb(low, start) and low[start] not in _LEADING:
        return start
    if start < len(low) and (low[start] in _LEADING or _tag(low[start]) == "VBG"):
        return _later(low, start)
    return None


def _later(low: list[str], start: int) -> int | None:
    """The same where another phrase comes first: after a comma, or else at a verb that no comma announces."""
    for place in range(start + 1, len(low)):
        if low[place] in {",", ":", "-", "–", "—"}:
            after = _past_polite(low, place + 1)
            if _is_verb(low, after):
                return after
            if after < len(low) and low[after] in _QUESTION:
                return None
    for place in range(start + 1, len(low)):
        polite = _past_polite(low, place)
        if polite > place and low[place] not in {"and", "then", "so"} and _is_verb(low, polite):
            return polite
        if place > start + 2 and _plain_verb(low, place):
            return place
    return None


def _past_polite(low: list[str], start: int) -> int:
    """Where the words end that are said before a command."""
    while start < len(low):
        found = _BEFORE.match(" ".join(low[start : start + 8]) + " ")
        if found:
            start += found.group().count(" ")
        elif (low[start].endswith("ly") and _tag(low[start]) == "RB") or low[start] in {'"', "'", "*", "#", "(", "“"}:
            start += 1
        else:
            break
    return start


def _is_verb(low: list[str], place: int) -> bool:
    """Whether a word that may begin a command does so."""
    if place >= len(low):
        return False
    word = low[place].replace("-", "")
    if word in _EITHER:
        after = low[place + 1] if place + 1 < len(low) else "."
        if after in {"and", "or", "/"}:
            return _is_verb(low, place + 2)
        return after not in _AUXILIARY and (after.isalnum() or after in {'"', "'", "“", "(", "$"} or "-" in after)
    return _is_base(word)


def _plain_verb(low: list[str], place: int) -> bool:
    """Whether a word in the middle of a sentence begins a command that no comma announces."""
    before = low[place - 1]
    return (
        _is_base(low[place])
        and before
        not in {"to", "that", "which", "who", "not", "and", "or", ","} | _PRONOUNS | _AUXILIARY | _DETERMINERS
        and _tag(before) not in {"JJ", "MD", "NNS", "RB", "IN"}
        and place + 1 < len(low)
        and low[place + 1] in _DETERMINERS
    )


def _is_base(word: str) -> bool:
    """Whether a word is the base form of a verb."""
    tag = _tag(word)
    if tag in {"VB", "VBP"}:
        return word not in _AUXILIARY and word not in _PREPOSITIONS and word not in _PRONOUNS
    known_part = word.startswith(("re", "un", "de")) and _tag(word[2:]) in {"VB", "VBP"}
    return tag is None and (known_part or word.endswith(("ize", "ise", "ify")))


def _object(tokens: list[str], low: list[str], start: int, verb: str) -> str:
    """The head of the noun phrase that begins at `start`, in the singular; "" where no object begins there."""
    place = _object_start(low, start, verb)
    noun, other = "", ""
    while place < len(low):
        word, tag = low[place], _tag(low[place])
        if noun and verb in _DATIVE and word in {"a", "an"}:
            noun = other = ""
        elif word in _PASSED:
            if noun:
                break
        elif word in _ENDING or not word[0].isalnum() or (noun and verb in _CAUSATIVE and word in _APPEARING):
            break
        elif word == "one" and (noun == "right" or (other and not noun)):
            noun = "one"  # "the largest one"; "right" is a noun elsewhere
            break
        elif word in _DETERMINERS or word[0].isdigit():
            if noun or (other and word in {"a", "an", "the"}):
                break
        elif not word.endswith("'s"):
            if _nominal(word, tokens[place], tag) or (noun and verb not in _CAUSATIVE and _last(low, place, tag)):
                noun = tokens[place]
            elif noun:
                break
            else:
                # "the following", "a rewrite": what is no noun in the lexicon is one where nothing else comes.
                other = tokens[place] if not (tag or "").startswith("RB") else other
        place += 1
    return _singular(noun or (other if place > start else ""))


def _object_start(low: list[str], start: int, verb: str) -> int:
    """Where an object may begin: after particles, adverbs, a second verb, and those for whom something is done."""
    place = start
    if low[place : place + 1] in (["and"], ["or"]) and _is_verb(low, place + 1):
        place += 2
    if low[place : place + 1] and (low[place] in _PARTICLES or (verb == "fill" and low[place] == "in")):
        place += 1
    while place < len(low) and low[place].endswith("ly") and _tag(low[place]) == "RB":
        place += 1
    if low[place : place + 1] in (["me"], ["us"]):
        place += 1
    return place


def _last(low: list[str], place: int, tag: str | None) -> bool:
    """Whether an adjective after a noun is the head itself, as in "this product manual"."""
    return tag == "JJ" and (place + 1 == len(low) or low[place + 1] in {"of", "for", "about", ".", ","})


def _nominal(word: str, token: str, tag: str | None) -> bool:
    """Whether a word can be the head of a noun phrase."""
    if len(word) == 1:
        return False
    if token[0].isupper() and tag is not None and not tag.startswith("JJ"):
        return True
    return (
        (tag is None and "-" not in word and not word.endswith("ly")) or (tag or "").startswith("NN") or word in _EITHER
    )


def _singular(noun: str) -> str:
    """A noun as a dictionary has it; "" for a name."""
    word = noun.lower()
    if noun != word and _lexicon().get(noun, "").startswith("NNP"):
        return ""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    plural = _tag(word) == "NNS" or (_tag(word) is None and word.endswith("s"))
    if not plural or word.endswith(("ss", "us", "is")):
        return word
    return str(_inflection().singularize(word))


@lru_cache(maxsize=1 << 16)
def _tag(word: str) -> str | None:
    """The commonest part of speech of a word, in the signs of the Penn Treebank; None for an unknown word."""
    return _lexicon().get(word)


# Textblob's files are read where they lie: to import it loads nltk, scikit-learn and scipy too, which takes longer than
# all that most stages do with words.


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, str]:
    """Words with their commonest part of speech: lines of a word and its tags, remarks after three semicolons."""
    lines = (_textblob() / "en-lexicon.txt").read_text("utf-8").splitlines()
    entries = (line.split(" ") for line in lines if line.strip() and not line.startswith(";;;"))
    return {entry[0]: entry[1] for entry in entries}


@lru_cache(maxsize=1)
def _inflection() -> Any:
    """The module that knows singulars."""
    spec = importlib.util.spec_from_file_location("inflect", _textblob() / "inflect.py")
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(name="textblob.en.inflect")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _textblob() -> Path:
    """The folder of textblob's files for English."""
    spec = importlib.util.find_spec("textblob")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name="textblob")
    return Path(spec.origin).with_name("en")
