"""Which word of a field name says what. General vocabulary of annotated datasets; no name of any dataset."""


def word_set(words: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(words.split())


IDENTIFIERS = word_set(
    "id ids idx ind index uid uuid guid qid pid aid eid sid mid docid pmid pmcid hash sha checksum isbn doi"
)
"""A field whose first or last word is one of these points at something and says nothing."""

PLACES = word_set(
    "url urls uri link links href permalink path filepath file filename filenames basename website web image images "
    "img audio video picture photo pixel pixels bytes offset offsets"
)
"""Where something lies, or what is no text; hides a field wherever the word stands."""

BOOKKEEPING = word_set(
    "split subset fold version license licence copyright annotator annotators annotated worker workers turker rater "
    "raters annotation annotations provenance provenances metadata meta confidence confidences agreement vote votes "
    "ups downs upvotes likes retweets timestamp timestamps date dates time datetime utc created updated modified "
    "published day month hour user users username screenname author authors editor publisher ip host page pages "
    "filing marketplace start end begin position positions location row column count counts num number "
    "numbers length len size width height order rank rounds treenumbers freq frequency weight weights done exists "
    "logits probability probabilities prob embedding embeddings vector vectors latitude longitude lat lon no "
    "unclear template templates range ranges char chars caller callers birth header headers test tests dataset "
    "corpus alignment bin density coverage parent system state submitter generalization generalisation subreddit"
)
"""How the data came about, or where in it something stands: what no reader could tell from a text. Hides a field whose
first or last word it is."""

DERIVED = word_set(
    "parse parses parsed anno annos pos postags tree trees lemma lemmas stem stems stemmed lowercase lowercased "
    "tokenized tokenised pretokenized tokens toks processed preprocessed normalized normalised html markdown delex "
    "linearized ascii ner ast amr dependencies chunk chunks graph masked"
)
"""A second form of another column, left out beside the first."""

WEAK = word_set(
    "text texts name names str string value values field original raw full content contents body key final gold "
    "main the of for as in to from tok pretty stem"
)
"""Words that give way to the word beside them: `claim_text` is a claim."""

TEXT_NOUNS = (
    "text nl document article body content sentence review comment tweet post message email utterance report bill "
    "transcript news paper essay poem lyrics complaint abstract description speech maintext selftext "
    "poetry letter note opinion joke verse recipe caption"
)

ROLES: dict[str, str] = {
    "question": "question query problem puzzle riddle clue",
    "answer": "answer answers correct",
    "choices": "choice choices option options candidate candidates ending endings alternative alternatives distractors "
    "distractor sol",
    "context": "context contexts passage passages paragraph paragraphs story plot background supports support evidence "
    "evidences narrative knowledge table facts sentences supporting abstracts snippets ctx",
    "fact": "fact",
    "premise": "premise",
    "hypothesis": "hypothesis",
    "claim": "claim statement assertion rumor rumour proposition",
    "title": "title titles headline headlines heading",
    "prompt": "prompt prompts instruction instructions goal request task",
    "summary": "summary summaries highlights highlight tldr gist synopsis simplification",
    "text": TEXT_NOUNS,
    "explanation": "explanation explanations rationale rationales reasoning proof solution solutions",
    "code": "code function snippet program sql sparql bytecode script command method",
    "docstring": "docstring",
    "dialogue": "dialogue dialogues conversation chat history turns utterances",
    "response": "response reply responses",
    "keywords": "keywords keyword keyphrases concepts terms",
    "input": "input inputs",
    "output": "output outputs reference references completion targets",
    "focus": "pronoun aspect term entity mention trigger phrase word expression",
}
"""The roles of columns, each with the words that say it."""

COMPOUNDS: dict[tuple[str, str], str] = {
    ("job", "title"): "other",
    ("fact", "checkers"): "other",
    ("subject", "line"): "title",
}
"""Two words side by side that mean something else than the last of them."""

CHOICE_LISTS = word_set("candidate candidates choice choices option options distractor distractors")
"""A list with one of these in its name holds options, whatever else the name says."""

YES_OR_NO = word_set("yes no true false")
"""Texts that are labels, whatever the name of their column."""

OPTION_PLACES = word_set("idx index ind id")
"""Identifiers that tell which option is right where they stand beside `answer` and options are there."""

FLAG_CLASSES = word_set("y n yes no true false 0 1")
"""Classes that say nothing without the question they answer."""

WRONG_OPTIONS = word_set("distractor distractors incorrect wrong false")
"""Options with one of these in their name are all wrong; the right one stands in a column of its own."""

TOKEN_LISTS = word_set("tokens toks words sentences")
"""A list with one of these in its name is a text in pieces."""

COPIES = word_set("raw original clean cleaned")
"""A column with one of these beside the whole name of another column is a copy of it."""

LABEL_WORDS = word_set(
    "label labels class classes classification category categories sentiment sentiments polarity emotion emotions "
    "intent intents intention topic topics type types kind kinds genre genres stance difficulty level tag tags act "
    "acts gender relation relationship domain target subcategory department subject subjects status "
    "severity priority toxicity toxic hate offensive offensiveness sarcasm sarcastic irony ironic spam "
    "hyperpartisan bias biased subjectivity humor humour formality grammaticality acceptability entailment judgment "
    "judgement verdict veracity duplicate paraphrase similar relevance relevant outcome decision conclusion quality "
    "style mood tone language dialect register animacy rating ratings stars star score scores grade similarity "
    "relatedness usefulness bug impossible answerable complexity readability age origin nationality ethnicity "
    "religion party product issue vertical strategy persuasion scenario goldstandard obscene threat insult year "
    "cause"
)
"""The column says which of a few things a text is, or how much of something it has."""

SCORE_WORDS = word_set(
    "label labels target level class rating ratings stars star score scores grade similarity relatedness usefulness "
    "toxicity year age complexity readability sentiment polarity animacy quality formality humor humour"
)
"""Of these, the ones that may be a number."""

RATING_WORDS = SCORE_WORDS - {"label", "labels", "target", "class"}
"""Of these, the ones whose numbers are amounts and never the place of an option."""

VERDICT_WORDS = word_set("label labels class target gold goldstandard answer")
"""Words of the label that a dataset is about, which comes first among several."""

ABOUT_WORDS = word_set(
    "genre domain topic topics type category categories source subcategory level difficulty scenario"
)
"""Words of labels that say what a text is about, which come along with data of any kind."""

OUTPUT_WORDS = word_set("target targets")
"""Labels when they are short, texts to be written when they are long."""

SAME_MEANING = word_set(
    "duplicate duplicates equivalent equivalence paraphrase paraphrases similarity aligned alignment"
)
"""Words of labels and classes that tell whether two texts say the same."""

GATHERED = word_set("adversarial non-adversarial nonadversarial")
"""Classes that say how a row was gathered, which no reader could tell from it."""

CONTRASTS = frozenset(
    ((first,), (second,))
    for first, second in (
        ("source", "target"),
        ("input", "output"),
        ("inputs", "targets"),
        ("instruction", "output"),
        ("prompt", "completion"),
        ("original", "edited"),
    )
)
"""Names of two texts where the second is made from the first."""
