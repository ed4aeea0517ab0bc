"""Languages of dataset cards as codes: what a card declares, and what its text is found to be.

A language is its primary subtag: two letters of ISO 639-1 where there are, else three of ISO 639-3; `code` stands for
programming languages, as on the hub.
"""

import re
from collections.abc import Iterable

_TABLE = """
    aa aar Afar; ab abk Abkhazian; af afr Afrikaans; ak aka Akan; am amh Amharic; an arg Aragonese; ar ara Arabic;
    as asm Assamese; av ava Avaric; ay aym Aymara; az aze Azerbaijani; ba bak Bashkir; be bel Belarusian;
    bg bul Bulgarian; bi bis Bislama; bm bam Bambara; bn ben Bengali; bo bod Tibetan; br bre Breton; bs bos Bosnian;
    ca cat Catalan; ce che Chechen; ch cha Chamorro; co cos Corsican; cr cre Cree; cs ces Czech; cv chv Chuvash;
    cy cym Welsh; da dan Danish; de deu German; dv div Dhivehi; dz dzo Dzongkha; ee ewe Ewe; el ell Greek;
    en eng English; eo epo Esperanto; es spa Spanish; et est Estonian; eu eus Basque; fa fas Persian; ff ful Fulah;
    fi fin Finnish; fj fij Fijian; fo fao Faroese; fr fra French; fy fry Frisian; ga gle Irish; gd gla Gaelic;
    gl glg Galician; gn grn Guarani; gu guj Gujarati; gv glv Manx; ha hau Hausa; he heb Hebrew; hi hin Hindi;
    hr hrv Croatian; ht hat Haitian; hu hun Hungarian; hy hye Armenian; ia ina Interlingua; id ind Indonesian;
    ig ibo Igbo; ii iii Yi; io ido Ido; is isl Icelandic; it ita Italian; iu iku Inuktitut; ja jpn Japanese;
    jv jav Javanese; ka kat Georgian; kg kon Kongo; ki kik Kikuyu; kk kaz Kazakh; kl kal Greenlandic; km khm Khmer;
    kn kan Kannada; ko kor Korean; ks kas Kashmiri; ku kur Kurdish; kv kom Komi; kw cor Cornish; ky kir Kyrgyz;
    la lat Latin; lb ltz Luxembourgish; lg lug Ganda; li lim Limburgish; ln lin Lingala; lo lao Lao; lt lit Lithuanian;
    lv lav Latvian; mg mlg Malagasy; mi mri Maori; mk mkd Macedonian; ml mal Malayalam; mn mon Mongolian;
    mr mar Marathi; ms msa Malay; mt mlt Maltese; my mya Burmese; nb nob Bokmål; ne nep Nepali; nl nld Dutch;
    nn nno Nynorsk; no nor Norwegian; nr nbl Ndebele; nv nav Navajo; ny nya Chichewa; oc oci Occitan; om orm Oromo;
    or ori Odia; os oss Ossetian; pa pan Punjabi; pl pol Polish; ps pus Pashto; pt por Portuguese; qu que Quechua;
    rm roh Romansh; rn run Rundi; ro ron Romanian; ru rus Russian; rw kin Kinyarwanda; sa san Sanskrit;
    sc srd Sardinian; sd snd Sindhi; se sme Sami; sg sag Sango; si sin Sinhala; sk slk Slovak; sl slv Slovenian;
    sm smo Samoan; sn sna Shona; so som Somali; sq sqi Albanian; sr srp Serbian; ss ssw Swati; st sot Sotho;
    su sun Sundanese; sv swe Swedish; sw swa Swahili; ta tam Tamil; te tel Telugu; tg tgk Tajik; th tha Thai;
    ti tir Tigrinya; tk tuk Turkmen; tl tgl Tagalog; tn tsn Tswana; to ton Tongan; tr tur Turkish; ts tso Tsonga;
    tt tat Tatar; tw twi Twi; ty tah Tahitian; ug uig Uyghur; uk ukr Ukrainian; ur urd Urdu; uz uzb Uzbek; ve ven Venda;
    vi vie Vietnamese; wa wln Walloon; wo wol Wolof; xh xho Xhosa; yi yid Yiddish; yo yor Yoruba; za zha Zhuang;
    zh zho Chinese; zu zul Zulu
"""
_ROWS = [line.split() for line in _TABLE.split(";")]

CODES = frozenset(row[0] for row in _ROWS)
"""The two-letter codes of ISO 639-1."""

_OTHERS = """
    alb sq arm hy baq eu bur my chi zh cze cs dut nl fre fr geo ka ger de gre el ice is mac mk mao mi may ms per fa rum
    ro slo sk tib bo wel cy cmn zh pes fa prs fa swh sw zsm ms ekk et lvs lv khk mn npi ne ory or arb ar azj az kmr ku
    pbt ps plt mg uzn uz ydd yi quy qu gaz om in id iw he ji yi mo ro jp ja cn zh gr el cz cs farsi fa mandarin zh
    flemish nl castilian es sinhalese si valencian ca burmese my
"""
_PAIRS = _OTHERS.split()

NAMES = (
    {row[1]: row[0] for row in _ROWS}
    | {row[2].casefold(): row[0] for row in _ROWS}
    | dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
)
"""Codes of three letters, old codes and English names, and the code of two letters that each stands for."""

CODE = "code"
NO_LANGUAGE = frozenset(
    (
        "",
        "unknown",
        "und",
        "mul",
        "mis",
        "zxx",
        "multilingual",
        "multi",
        "other",
        "none",
        "null",
        "n/a",
        "na",
        "not",
        "any",
    )
)
"""What stands in a card's list of languages and names none."""

_GROUPS = (
    ("no", "nb", "nn"),
    ("hr", "bs", "sr", "sh", "cnr"),
    ("id", "ms"),
    ("zh", "yue", "wuu", "nan", "hak", "lzh", "gan"),
    ("ar", "aeb", "arz", "apc", "acm", "ary", "ajp", "arq", "afb", "ars", "ayl", "apd"),
    ("tl", "fil"),
    ("nso", "tn", "st"),
    ("xh", "zu", "ss", "nr"),
    ("rn", "rw"),
)
"""Languages that a short text does not tell apart; no disagreement is seen between two of a group."""


def language_ids(texts: Iterable[str]) -> tuple[str, ...]:
    """The languages that a card's tags name (`en-US` and `English` are `en`), each once, in the card's order."""
    return tuple(dict.fromkeys(code for text in texts if (code := language_id(text))))


def language_id(text: str) -> str:
    """The code of one tag or name of a language; "" where it names none, the tag itself where it is no known one."""
    plain = text.strip().casefold()
    tag = re.split(r"[-_\s(,;]", plain, maxsplit=1)[0]
    if tag in NO_LANGUAGE or plain in NO_LANGUAGE:
        return ""
    return tag if tag in CODES else NAMES.get(tag, tag)


def is_close(one: str, other: str) -> bool:
    """Whether two codes stand for one language, or for two that a text does not tell apart."""
    return one == other or any(one in group and other in group for group in _GROUPS)


def in_terms_of(found: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Languages found in text, each as the close one that a card declares where it declares one."""
    names = tuple(known)
    nearest = (next((name for name in names if is_close(code, name)), code) for code in found)
    return tuple(dict.fromkeys(nearest))


def natural(codes: Iterable[str]) -> tuple[str, ...]:
    """The languages that people speak: without `code`."""
    return tuple(code for code in codes if code != CODE)


def contradicts(found: Iterable[str], known: Iterable[str]) -> bool:
    """Whether text is in languages of which a card that declares any declares none; programs contradict nobody."""
    seen, names = natural(found), natural(known)
    return bool(seen and names) and not any(is_close(code, name) for code in seen for name in names)
