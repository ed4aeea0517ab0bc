"""Abusive words: a list that serves to count and to sort out, not to prove.

Abuse in other words or languages passes unseen; a quotation or a dictionary that holds a word of WORDS is toxic.
"""

_LETTERS = bytes(
    byte | 32 if chr(byte).isascii() and chr(byte).isalpha() else 32 if byte < 128 else 255 for byte in range(256)
)
"""Each byte as a letter in lower case, a blank, or (255) a part of a letter that is not English."""

_WORDS = """
    arsehole arseholes asshole assholes bastard bastards bitch bitches bullshit cocksucker cocksuckers cunt cunts
    dickhead dickheads dipshit faggot faggots fuck fucked fucker fuckers fuckin fucking fucks gook gooks kike kikes
    motherfucker motherfuckers motherfucking nigga niggas nigger niggers raghead ragheads retarded shit shithead shits
    shitty slut sluts spic spics towelhead trannies tranny twat twats wanker wankers wetback wetbacks whore whores
"""
WORDS = frozenset(_WORDS.split())
"""English slurs and obscenities, as whole words; those that mostly mean something harmless are not among them."""

_WORD_BYTES = frozenset(word.encode() for word in WORDS)


def is_toxic(text: str) -> bool:
    """Whether a text holds a word of WORDS, in capitals or not."""
    return not _WORD_BYTES.isdisjoint(text.encode("utf-8", "replace").translate(_LETTERS).split())
