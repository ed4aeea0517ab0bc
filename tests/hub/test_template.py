"""What the rules propose for each family of task, and what they leave alone."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.hub import replies, template
from stages.hub.agreement import shown
from stages.hub.rules.columns import visible
from stages.hub.template import propose, reply
from stages.shared.hub.local import LocalHub
from stages.shared.hub.seam import UnreadableError
from stages.shared.llm.seam import Prompt
from stages.shared.records import Card, Feature, Setting
from tests.hub.examples import card

STRING = Feature(type="string")
TEXTS = Feature(type="list<string>")
OPTIONS = Feature(type="struct<text: list<string>, label: list<string>>")
LONG = "Some words that make up a text of more than a few words"
SETTINGS: tuple[Setting, Setting] = ("aware", "unaware")
Fields = Mapping[str, Feature | str]


def label(*names: str) -> Feature:
    return Feature(type="label", labels=names)


def row_of(fields: Fields, number: int) -> dict[str, Any]:
    """A row that fits the features; a field named by a string holds that string."""
    found: dict[str, Any] = {}
    for name, feature in fields.items():
        if isinstance(feature, str):
            found[name] = feature
        elif feature.type == "label":
            found[name] = (feature.labels or ("x",))[number % len(feature.labels or "x")]
        elif feature == OPTIONS:
            found[name] = {"text": ["one thing", f"another thing {number}"], "label": ["A", "B"]}
        elif feature.type == "list<string>":
            found[name] = ["one thing", f"another thing {number}"]
        elif feature.type == "string":
            found[name] = f"{LONG}, number {number}"
        elif feature.type == "bool":
            found[name] = bool(number)
        else:
            found[name] = 2.5 + number if feature.type.startswith("float") else number
    return found


def toy(fields: Fields, **changes: Any) -> tuple[Card, list[dict[str, Any]]]:
    features = {name: STRING if isinstance(feature, str) else feature for name, feature in fields.items()}
    return card(features=features, **changes), [row_of(fields, 0), row_of(fields, 1)]


def proposed(fields: Fields, **changes: Any) -> dict[tuple[tuple[str, ...], str], str]:
    """All tasks of both settings: inputs and output to instruction, the aware setting's first."""
    found: dict[tuple[tuple[str, ...], str], str] = {}
    for setting in SETTINGS:
        for task in propose(*toy(fields, **changes), setting):
            found.setdefault((task.input_fields, task.output_field[0]), task.instruction)
    return found


FAMILIES: list[tuple[str, Fields, tuple[str, ...], str, str]] = [
    (
        "sentiment",
        {"text": STRING, "label": label("negative", "positive")},
        ("text",),
        "label",
        "Given a text, decide what sentiment it expresses.",
    ),
    (
        "sentiment, back",
        {"review": STRING, "sentiment": label("negative", "positive")},
        ("sentiment",),
        "review",
        "Given a sentiment, write a review that expresses it.",
    ),
    (
        "emotion",
        {"tweet": STRING, "emotion": label("joy", "anger", "fear")},
        ("tweet",),
        "emotion",
        "Given a tweet, identify the emotion that it expresses.",
    ),
    (
        "intent",
        {"utterance": STRING, "intent": label("book a table", "play music", "ask the way")},
        ("utterance",),
        "intent",
        "Given an utterance, identify the intent behind it.",
    ),
    (
        "topic",
        {"article": STRING, "topic": label("sports", "politics", "science")},
        ("article",),
        "topic",
        "Given an article, identify its topic.",
    ),
    (
        "inference",
        {"premise": STRING, "hypothesis": STRING, "label": label("entailment", "neutral", "contradiction")},
        ("premise", "hypothesis"),
        "label",
        "Given a premise and a hypothesis, decide whether the hypothesis follows from the premise.",
    ),
    (
        "inference, back",
        {"premise": STRING, "hypothesis": STRING, "label": label("entailment", "neutral", "contradiction")},
        ("premise", "label"),
        "hypothesis",
        "Given a premise and an inference label, write a hypothesis that fits them.",
    ),
    (
        "paraphrase",
        {"question1": STRING, "question2": STRING, "is_duplicate": Feature(type="bool")},
        ("question1", "question2"),
        "is_duplicate",
        "Given two questions, decide whether they mean the same.",
    ),
    (
        "similarity",
        {"sentence1": STRING, "sentence2": STRING, "similarity_score": Feature(type="float32")},
        ("sentence1", "sentence2"),
        "similarity_score",
        "Given two sentences, rate how close they are in meaning.",
    ),
    (
        "reading comprehension",
        {"passage": STRING, "question": STRING, "answer": "a short answer"},
        ("passage", "question"),
        "answer",
        "Read the given passage and answer the question.",
    ),
    (
        "question generation",
        {"id": STRING, "context": STRING, "question": STRING, "answers": Feature(type="struct<text: list<string>>")},
        ("context",),
        "question",
        "Given a context, write a question that can be answered from it.",
    ),
    (
        "multiple choice",
        {"question": STRING, "options": TEXTS, "answer": "B"},
        ("question", "options"),
        "answer",
        "Given a question and its options, give the letter of the right one.",
    ),
    (
        "options in columns of their own",
        {"goal": STRING, "solution1": STRING, "solution2": STRING, "label": Feature(type="int64")},
        ("goal", "solution1", "solution2"),
        "label",
        "Given a goal and two solutions, give the number of the right one.",
    ),
    (
        "options inside the question",
        {"formatted_question": "Which one is it here? (A) this one (B) that one", "answerKey": "A", "fact1": STRING},
        ("formatted_question",),
        "answerKey",
        "Given a formatted question with its options, give the letter of the right one.",
    ),
    (
        "open questions",
        {"question": STRING, "answer": STRING},
        ("question",),
        "answer",
        "Answer the given question.",
    ),
    (
        "questions to accepted answers",
        {"question": STRING, "answer": TEXTS},
        ("answer",),
        "question",
        "Given a list of accepted answers, write a question with these answers.",
    ),
    (
        "math",
        {"problem": STRING, "solution": STRING},
        ("problem",),
        "solution",
        "Given a problem, write a solution that works out its answer step by step.",
    ),
    (
        "summarization",
        {"article": STRING, "highlights": STRING},
        ("article",),
        "highlights",
        "Summarize the given article.",
    ),
    (
        "abstracts of descriptions",
        {"description": STRING, "abstract": STRING},
        ("description",),
        "abstract",
        "Summarize the given description.",
    ),
    ("titles", {"text": STRING, "title": "A title"}, ("text",), "title", "Write a title for the given text."),
    (
        "simplification",
        {"normal_sentence": STRING, "simple_sentence": STRING},
        ("normal_sentence",),
        "simple_sentence",
        "Turn the given normal sentence into the corresponding simple sentence.",
    ),
    (
        "words before their adjective",
        {"sentence_good": STRING, "sentence_bad": STRING, "field": "syntax"},
        ("sentence_bad",),
        "sentence_good",
        "Turn the given bad sentence into the corresponding good sentence.",
    ),
    (
        "data to text",
        {"meaning_representation": STRING, "human_reference": STRING},
        ("meaning_representation",),
        "human_reference",
        "Given a meaning representation, write the corresponding reference text.",
    ),
    (
        "dialogue",
        {"context": TEXTS, "response": STRING},
        ("context",),
        "response",
        "Write a response to the given context.",
    ),
    (
        "text to code",
        {"text": STRING, "code": STRING},
        ("text",),
        "code",
        "Write code that does what the given text describes.",
    ),
    (
        "code to text",
        {"text": STRING, "code": STRING},
        ("code",),
        "text",
        "Describe in words what the given code does.",
    ),
    (
        "text to SQL",
        {"question": STRING, "query": "SELECT name FROM singers"},
        ("question",),
        "query",
        "Write a query that answers the given question.",
    ),
    (
        "commonsense",
        {"sentence": STRING, "option1": "the trophy", "option2": "the case", "answer": "1"},
        ("sentence", "option1", "option2"),
        "answer",
        "Given a sentence and two options, give the number of the right one.",
    ),
    (
        "fact checking",
        {"claim": STRING, "label": label("SUPPORTED", "NOT_SUPPORTED")},
        ("claim",),
        "label",
        "Given a claim, decide whether it is true.",
    ),
    (
        "ratings",
        {"review_body": STRING, "star_rating": Feature(type="int32")},
        ("review_body",),
        "star_rating",
        "Given a review, predict the rating given with it.",
    ),
    (
        "multiple choice with options beside their letters",
        {"question": STRING, "choices": OPTIONS, "answerKey": "B"},
        ("question", "choices"),
        "answerKey",
        "Given a question and its choices, give the letter of the right one.",
    ),
    (
        "options told by a place",
        {"question": STRING, "candidate_answers": TEXTS, "correct_answer_idx": Feature(type="int32")},
        ("question", "candidate_answers"),
        "correct_answer_idx",
        "Given a question and its candidate answers, give the number of the right one.",
    ),
    (
        "a list of answers beside a number is options",
        {"context": STRING, "question": STRING, "answers": TEXTS, "label": Feature(type="int32")},
        ("context", "question", "answers"),
        "label",
        "Given a context, a question about it and its answers, give the number of the right one.",
    ),
    (
        "classes named as the columns of options",
        {"premise": STRING, "choice1": STRING, "choice2": STRING, "label": label("choice1", "choice2")},
        ("premise", "choice1", "choice2"),
        "label",
        "Given a premise and two choices, choose the right one.",
    ),
    (
        "endings after numbered sentences",
        {
            **dict.fromkeys(("sentence_1", "sentence_2", "quiz_sentence1", "quiz_sentence2"), STRING),
            "right_ending": Feature(type="int32"),
        },
        ("sentence_1", "sentence_2", "quiz_sentence1", "quiz_sentence2"),
        "right_ending",
        "Given two sentences and two quiz sentences, give the number of the right one.",
    ),
    (
        "distractors, with them",
        {
            "question": STRING,
            "distractor1": "no",
            "distractor2": "nor this",
            "correct_answer": "yes",
            "support": STRING,
        },
        ("question", "support", "distractor1", "distractor2"),
        "correct_answer",
        "Given a question, a supporting text and two distractors, write the answer.",
    ),
    (
        "distractors, without them",
        {
            "question": STRING,
            "distractor1": "no",
            "distractor2": "nor this",
            "correct_answer": "yes",
            "support": STRING,
        },
        ("support", "question"),
        "correct_answer",
        "Read the given supporting text and answer the question.",
    ),
    (
        "a word that options stand for",
        {"text": STRING, "pronoun": "they", "options": TEXTS, "label": Feature(type="int32")},
        ("text", "pronoun", "options"),
        "label",
        "Given a text, a pronoun in it and several options, give the number of the one that fits best.",
    ),
    (
        "yes or no",
        {"passage": STRING, "question": STRING, "label": label("False", "True")},
        ("passage", "question"),
        "label",
        "Given a passage and a question, answer the question.",
    ),
    (
        "questions about a summary",
        {"summary": STRING, "question": STRING, "answer": "a short answer"},
        ("summary", "question"),
        "answer",
        "Read the given summary and answer the question.",
    ),
    (
        "inference without its label",
        {"premise": STRING, "hypothesis": STRING, "label": label("entailment", "neutral", "contradiction")},
        ("premise",),
        "hypothesis",
        "Given a premise, write a hypothesis that may or may not follow from it.",
    ),
    (
        "a second text that the label may say is no paraphrase",
        {"sentence1": STRING, "sentence2": STRING, "label": label("equivalent", "not_equivalent")},
        ("sentence1",),
        "sentence2",
        "Given a sentence, write another sentence that may or may not say the same.",
    ),
    (
        "two forms that the label may say are not aligned",
        {"normal_sentence": STRING, "simple_sentence": STRING, "alignment_label": label("notAligned", "aligned")},
        ("normal_sentence",),
        "simple_sentence",
        "Given a normal sentence, write a simple sentence that may or may not say the same.",
    ),
    (
        "a word in two sentences",
        {"word": "bank", "sentence1": STRING, "sentence2": STRING, "label": label("different", "same")},
        ("word", "sentence1", "sentence2"),
        "label",
        "Given a word and two sentences, decide how they relate to each other.",
    ),
    (
        "two spans of a text",
        {"text": STRING, "span1_text": "the table", "span2_text": "it", "label": label("same", "other")},
        ("text", "span1_text", "span2_text"),
        "label",
        "Given a text and two spans, decide how the two relate in the text.",
    ),
    (
        "a whole from its parts",
        {"complex_sentence": STRING, "simple_sentence_1": STRING, "simple_sentence_2": STRING},
        ("simple_sentence_1", "simple_sentence_2"),
        "complex_sentence",
        "Given two simple sentences, write the complex sentence that goes with them.",
    ),
    (
        "facts in three parts",
        {"arg1": "a cat", "rel": "is a kind of", "arg2": "an animal"},
        ("arg1", "rel"),
        "arg2",
        "Given an arg and a rel, write the arg that completes them.",
    ),
    (
        "a target of a title and a text",
        {"title": "A title", "abstract": STRING, "target": STRING},
        ("title", "abstract"),
        "target",
        "Given a title and an abstract, write the corresponding target text.",
    ),
    (
        "a target of keywords",
        {"concepts": TEXTS, "target": STRING},
        ("concepts",),
        "target",
        "Write a target text that uses the given concepts.",
    ),
    (
        "a verdict on a titled text",
        {"title": "A title", "content": STRING, "label": label("positive", "negative")},
        ("title", "content"),
        "label",
        "Given a title and a text, decide what sentiment the text expresses.",
    ),
    (
        "programs for a prompt",
        {"prompt": STRING, "canonical_solution": STRING},
        ("prompt",),
        "canonical_solution",
        "Write a canonical solution for the given prompt.",
    ),
    (
        "replies called utterances",
        {"context": STRING, "next_utterance": STRING},
        ("context",),
        "next_utterance",
        "Write a next utterance to the given context.",
    ),
    (
        "flags in figures",
        {"headline": STRING, "is_sarcastic": Feature(type="int64")},
        ("headline",),
        "is_sarcastic",
        "Given a headline, decide whether it is sarcastic.",
    ),
    (
        "a name for lists",
        {"title": "Apple pie", "directions": TEXTS, "ingredients": TEXTS},
        ("directions",),
        "title",
        "Write a title for the given directions.",
    ),
    (
        "translation",
        {"fr": STRING, "en": STRING},
        ("fr",),
        "en",
        "Given a French text, write the English text that goes with it.",
    ),
    (
        "the fallback, back",
        {"commands": STRING, "actions": STRING},
        ("actions",),
        "commands",
        "Given actions, write the commands that go with them.",
    ),
    (
        "a phrase that stands in the text",
        {"text": "The patient got a tremor after taking lithium for some weeks", "drug": "Lithium"},
        ("text",),
        "drug",
        "Given a text, name the drug in it.",
    ),
    (
        "questions for a judged sentence",
        {"sentence": STRING, "question": STRING, "label": label("entailment", "not_entailment")},
        ("sentence", "label"),
        "question",
        "Given a sentence and an inference label, write a question that fits them.",
    ),
    (
        "replies that fit or don't",
        {"context": STRING, "utterance": STRING, "label": label("follows", "made up")},
        ("context", "utterance"),
        "label",
        "Given a context and an utterance, decide how they relate to each other.",
    ),
    (
        "words to code",
        {"nl": STRING, "code": STRING},
        ("nl",),
        "code",
        "Write code that does what the given request describes.",
    ),
    (
        "labels that say what a text is",
        {"message": STRING, "related": label("not at all", "in part")},
        ("message",),
        "related",
        "Given a message, decide whether it is related.",
    ),
    (
        "the fallback",
        {"clumsy_thing": STRING, "other_stuff": STRING},
        ("clumsy_thing",),
        "other_stuff",
        "Given a clumsy thing, write the other stuff that goes with it.",
    ),
]


@pytest.mark.parametrize(
    ("family", "fields", "inputs", "output", "instruction"), FAMILIES, ids=[x[0] for x in FAMILIES]
)
def test_each_family_of_task_is_proposed_in_its_own_words(
    family: str, fields: Fields, inputs: tuple[str, ...], output: str, instruction: str
) -> None:
    found = {(frozenset(ins), out): text for (ins, out), text in proposed(fields).items()}
    assert found.get((frozenset(inputs), output)) == instruction


LEFT_ALONE: list[tuple[str, Fields]] = [
    ("ids and places", {"id": STRING, "pairID": STRING, "url": STRING, "text": STRING}),
    (
        "dates, authors and line numbers",
        {"text": STRING, "date": "2020-01-01", "author": "A. Writer", "error_line": Feature(type="int64")},
    ),
    ("a letter without its options", {"question": STRING, "answerKey": "B"}),
    (
        "a letter whose options are nested",
        {"question": STRING, "choices": Feature(type="struct<a: string>"), "answer": "C"},
    ),
    ("the place of an option without options", {"question": STRING, "answer_index": Feature(type="int32")}),
    ("nothing but a list", {"tokens": TEXTS, "ner_tags": Feature(type="list<label>")}),
    ("images", {"image": Feature(type="image"), "caption": STRING}),
    ("one column", {"text": STRING}),
    ("serial numbers", {"text": STRING, "domain": "academia_0000"}),
    ("settings of a program", {"dialogue": STRING, "output": "item0=1 item1=0 item2=2"}),
    ("how a question was gathered", {"question": STRING, "type": "Adversarial"}),
    ("a community", {"text": STRING, "subreddit": "AskHistorians"}),
    ("what may be a sentiment or not", {"tokens": TEXTS, "label": label("neg", "pos")}),
    ("web addresses", {"text": STRING, "source_page": "https://example.org/page"}),
    ("a class that is the only one", {"text": STRING, "label": label("only")}),
    ("flags that nobody named", {"text": STRING, "quick": Feature(type="bool")}),
]


@pytest.mark.parametrize(("what", "fields"), LEFT_ALONE, ids=[x[0] for x in LEFT_ALONE])
def test_nothing_is_proposed_where_no_answer_could_be_known(what: str, fields: Fields) -> None:
    assert proposed(fields) == {}


def test_one_more_text_is_proposed_where_columns_are_few() -> None:
    few = {"text": STRING, "summary": STRING, "rewritten_thing": STRING}
    many = few | {"clumsy_thing": STRING, "other_stuff": STRING}
    assert (("text",), "rewritten_thing") in proposed(few)
    assert (("text",), "rewritten_thing") not in proposed(many)


def test_the_longest_context_is_the_one_that_is_read() -> None:
    fields = {"ctx_a": "A man stands in the street and", "ctx": LONG, "endings": TEXTS, "label": Feature(type="int32")}
    assert (("ctx", "endings"), "label") in proposed(fields)


def test_texts_to_be_judged_come_in_the_order_of_their_names() -> None:
    fields = dict.fromkeys(("good_second_line", "bad_second_line", "bad_first_line", "good_first_line"), STRING)
    found = proposed(fields | {"discourse_type": label("cause", "contrast")})
    assert (("good_first_line", "good_second_line"), "discourse_type") in found


def test_a_question_that_its_passage_answers_is_not_asked_without_it() -> None:
    fields = {"passage": STRING, "question": STRING, "answer": "a short answer"}
    assert (("question",), "answer") not in proposed(fields)
    assert (("question",), "answer") in proposed(fields | {"passage": TEXTS})


def test_names_that_share_a_weak_word_and_say_different_roles_are_no_two_forms_of_one_text() -> None:
    found = proposed({"document_str": STRING, "question_str": STRING})
    assert (
        found[("document_str",), "question_str"] == "Given a document, write a question that can be answered from it."
    )


def test_the_column_called_code_is_the_code() -> None:
    program = "def double(x):\n    y = x + x\n    return y"
    fields = {"original_string": program, "code": program, "docstring": STRING}
    assert (("code",), "docstring") in proposed(fields)


def test_a_text_is_not_asked_for_by_the_mean_of_what_people_said() -> None:
    whole, mean = (proposed({"text": STRING, "rating": rating}) for rating in ("4", "3.6"))
    assert (("rating",), "text") in whole
    assert (("rating",), "text") not in mean
    assert (("text",), "rating") in mean


def test_a_question_and_a_sentence_of_which_a_label_says_whether_they_fit_need_the_label() -> None:
    fields = {"question": STRING, "sentence": STRING, "label": label("entailment", "not_entailment")}
    found = proposed(fields)
    assert (("sentence",), "question") not in found
    assert (("question",), "sentence") not in found
    assert (("sentence", "question"), "label") in found


def test_a_claim_is_not_judged_without_its_evidence() -> None:
    found = proposed({"table": STRING, "statement": STRING, "label": label("refuted", "entailed")})
    assert (("statement",), "label") not in found
    assert (("label",), "statement") not in found
    assert (("table", "statement"), "label") in found
    assert (("statement",), "label") in proposed({"statement": STRING, "label": label("true", "false")})


def test_a_yes_or_no_says_whether_a_text_shows_what_the_column_names() -> None:
    found = proposed({"sentence": STRING, "motion": "yes"})
    assert found[("sentence",), "motion"] == "Given a sentence, decide whether it shows motion."


def test_a_description_that_asks_for_code_is_a_task_and_no_description() -> None:
    program = "def double(x):\n    y = x + x\n    return y"
    found = proposed({"text": "Write a function that doubles a number and returns it.", "code": program})
    assert found[("code",), "text"] == "Given code, write the task that it solves."


def test_texts_in_pieces_are_named_as_the_texts_they_are() -> None:
    found = proposed({"tokens": TEXTS, "sentiment": label("negative", "positive")})
    assert found[("tokens",), "sentiment"] == "Given a tokenized text, decide what sentiment it expresses."


def test_things_that_cannot_be_counted_have_no_article() -> None:
    found = proposed({"news": STRING, "topic": label("sports", "politics", "science")})
    assert found[("topic",), "news"] == "Given a topic, write news about it."


def test_labels_of_terms_alone_are_put_in_words() -> None:
    fields = {"trigger": "all", "trigger1": "both", "trigger2": "some", "label": label("entailment", "neutral")}
    assert (("trigger", "trigger1", "trigger2"), "label") in proposed(fields)


def test_adjectives_are_never_said_as_nouns() -> None:
    found = proposed({"comment": STRING, "toxic": Feature(type="bool")})
    assert found == {(("comment",), "toxic"): "Given a comment, decide whether it is toxic."}
    found = proposed({"comment": STRING, "toxic": label("mild", "severe")})
    assert found[("toxic",), "comment"] == "Given a toxicity label, write a comment that fits it."


def test_a_text_that_is_no_review_is_rated_itself() -> None:
    found = proposed({"content": STRING, "rating": Feature(type="float32")})
    assert found[("content",), "rating"] == "Given a text, predict its rating."


def test_derived_columns_are_left_out_beside_what_they_come_from() -> None:
    fields = {"sentence": STRING, "sentence_parse": STRING, "sentence_original": STRING, "label": label("good", "bad")}
    assert {name for inputs, output in proposed(fields) for name in (*inputs, output)} == {"sentence", "label"}


def test_a_list_of_strings_is_never_asked_for() -> None:
    fields = {"context": STRING, "question": STRING, "answers": TEXTS, "topics": TEXTS}
    assert proposed(fields)
    assert not {"answers", "topics"} & {output for _, output in proposed(fields)}


def test_the_verdict_comes_before_what_the_texts_are_about() -> None:
    nli = {
        "genre": label("fiction", "letters"),
        "premise": STRING,
        "hypothesis": STRING,
        "label": label("yes, it does", "no"),
    }
    first = propose(*toy(nli), "aware")[0]
    assert first.output_field == ("label",)


def test_two_tasks_of_a_reply_never_share_an_instruction() -> None:
    fields = {"text": STRING, "first_label": label("male", "female"), "second_label": label("male", "female", "none")}
    for setting in SETTINGS:
        said = [task.instruction for task in propose(*toy(fields), setting)]
        assert len(said) == len(set(said)) >= 2


def test_a_label_that_would_sound_like_another_says_its_name() -> None:
    relation = label("entailment", "contradiction")
    fields = {"sentence_A": STRING, "sentence_B": STRING, "label": relation, "entailment_AB": relation}
    found = proposed(fields)
    both = ("sentence_A", "sentence_B")
    assert found[both, "entailment_AB"] == "Given two sentences, determine the entailment AB label."


def test_many_nameless_classes_are_hinted_at_by_two_of_them_and_few_are_not_listed() -> None:
    many = {"text": STRING, "label": label(*(f"some_class_{letter}" for letter in "abcdefghijkl"))}
    few = {"text": STRING, "label": label("some_class", "other_class")}
    assert "'some class a' or 'some class b'" in proposed(many)[("text",), "label"]
    assert proposed(few)[("text",), "label"] == "Given a text, decide which class it belongs to."


def test_task_ids_name_what_a_bare_label_judges_in_the_aware_setting_only() -> None:
    fields = {"text": STRING, "label": label("a", "b", "c")}
    known = {"task_ids": ("sentiment-classification",)}
    aware, unaware = (propose(*toy(fields, **known), setting)[0].instruction for setting in SETTINGS)
    assert aware == "Given a text, decide what sentiment it expresses."
    assert unaware == "Given a text, decide which class it belongs to."


def test_the_unaware_setting_does_not_see_the_description() -> None:
    fields = {"text": STRING, "label": label("a", "b", "c"), "title": "A title"}
    plain = propose(*toy(fields), "unaware")
    told = {"summary": "Hateful tweets.", "supported_tasks": "hate speech", "task_ids": ("hate-speech-detection",)}
    assert propose(*toy(fields, **told, task_categories=("text-classification",)), "unaware") == plain


MANY = {"text": STRING, **{f"{word}_label": label("a", "b") for word in ("north", "east", "south", "west", "middle")}}


def test_the_two_settings_complete_each_other() -> None:
    aware, unaware = (propose(*toy(MANY), setting) for setting in SETTINGS)
    assert len(aware) == len(unaware) == 3
    assert len({task.output_field for task in aware + unaware}) == 5


def test_without_a_summary_the_unaware_setting_has_the_best_tasks_since_the_other_is_not_asked() -> None:
    assert propose(*toy(MANY, summary=""), "unaware") == propose(*toy(MANY), "aware")


def test_a_reply_is_the_json_that_the_filter_reads() -> None:
    given_card, rows = toy({"premise": STRING, "hypothesis": STRING, "label": label("entailment", "contradiction")})
    prompt = Prompt("toy", "aware", (), subject={"card": given_card, "rows": rows, "setting": "aware"})
    text = reply(prompt)
    assert list(json.loads(text)) == ["task1", "task2", "task3"]
    assert replies.parse(text) == propose(given_card, rows, "aware")


def test_a_reply_without_tasks_is_an_empty_object() -> None:
    given_card, rows = toy({"text": STRING})
    assert reply(Prompt("toy", "aware", (), subject={"card": given_card, "rows": rows, "setting": "aware"})) == "{}"


NAMES = [
    *("text", "sentence1", "sentence2", "label", "Title", "question", "answers", "answerKey", "options", "context"),
    *(
        "choice_a",
        "choice_b",
        "score",
        "premise",
        "hypothesis",
        "id",
        "target",
        "output",
        "summary",
        "query",
        "x",
        "1",
        "",
    ),
    *(
        "is_true",
        "sentence_parse",
        "dialogue",
        "claim",
        "genre",
        "normal_text",
        "simple_text",
        "code",
        "rationale",
        "trigger",
        "trigger1",
        "trigger2",
        "answer_index",
        "año",
    ),
]
TYPES = [
    "string",
    "bool",
    "int64",
    "float32",
    "list<string>",
    "list<list<string>>",
    "struct<a: string>",
    "label",
    "image",
]
names = st.sampled_from(NAMES) | st.text(max_size=12)
features = st.builds(
    lambda kind, classes: Feature(type=kind, labels=tuple(classes) if kind == "label" else None),
    st.sampled_from(TYPES),
    st.lists(st.text(max_size=8), max_size=12),
)
cells = st.none() | st.text(max_size=40) | st.integers() | st.booleans() | st.lists(st.text(max_size=9), max_size=4)


@settings(max_examples=300, deadline=None)
@given(st.data(), st.dictionaries(names, features, max_size=9), st.sampled_from(["", "A summary."]))
def test_any_card_gives_at_most_three_sound_tasks_a_setting(
    data: st.DataObject, fields: dict[str, Feature], summary: str
) -> None:
    rows = data.draw(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(fields, cells)), max_size=2))
    given_card = card(features={**fields}, summary=summary)
    if not fields:
        given_card = given_card.model_copy(update={"features": {}})
    for setting in SETTINGS:
        tasks = propose(given_card, rows, setting)
        assert tasks == propose(given_card, rows, setting)
        check(tasks, given_card)


def check(tasks: list[replies.Proposal], given_card: Card) -> None:
    """At most three tasks, each of known fields, one scalar output that is no input, and a readable sentence."""
    assert len(tasks) <= template.TASKS
    for task in tasks:
        (output,) = task.output_field
        assert task.input_fields
        assert output not in task.input_fields
        used = {*task.input_fields, output}
        assert len(used) == len(task.input_fields) + 1
        assert used <= set(given_card.features)
        assert not given_card.features[output].type.startswith(("list", "struct", "image"))
        assert not {given_card.features[name].type for name in used} & {
            "struct<a: string>",
            "image",
            "list<list<string>>",
        }
        assert task.instruction[0].isupper() or not task.instruction[0].isalpha()
        assert task.instruction.endswith(".")
        assert not re.search(
            r"[{}]|  |\ba (?=[aeio])|\ban (?=[bcdfgjkpqtvwz])", task.instruction, re.IGNORECASE
        ) or any(set("{}") & set(name) for name in used)


@pytest.fixture(scope="module")
def hub(test_data: Path) -> LocalHub:
    return LocalHub(test_data / "hub")


REAL = [
    ("glue", "sst2", {(("sentence",), "label"), (("label",), "sentence")}),
    ("glue", "mnli", {(("premise", "hypothesis"), "label"), (("premise", "label"), "hypothesis")}),
    ("aqua_rat", "raw", {(("question", "options"), "correct"), (("question",), "rationale")}),
    ("boolq", "default", {(("passage", "question"), "answer"), (("passage",), "question")}),
    ("md_gender_bias", "gendered_words", {(("word_masculine",), "word_feminine")}),
    ("multi_nli", "default", {(("premise", "hypothesis"), "label")}),
    ("race", "high", {(("article", "question", "options"), "answer")}),
    ("aeslc", "default", {(("email_body",), "subject_line")}),
]


@pytest.mark.parametrize(("dataset", "config", "wanted"), REAL)
def test_real_configs_get_the_tasks_they_were_made_for(
    hub: LocalHub, dataset: str, config: str, wanted: set[tuple[tuple[str, ...], str]]
) -> None:
    given_card, rows = shown(hub, hub.dataset(dataset), config)
    found = {(task.input_fields, task.output_field[0]) for one in SETTINGS for task in propose(given_card, rows, one)}
    assert wanted <= found


def test_every_tenth_real_dataset_gets_sound_tasks(hub: LocalHub) -> None:
    seen = 0
    for id in hub.datasets()[::10]:
        try:
            dataset = hub.dataset(id)
            given_card, rows = shown(hub, dataset, next(iter(dataset.configs)))
        except UnreadableError:
            continue
        seen += 1
        for setting in SETTINGS:
            check(propose(given_card, rows, setting), given_card)
    assert seen > 40


def test_no_rule_knows_a_dataset(test_data: Path, repository: Path) -> None:
    """The rules generalize only if they know words of fields and no data: none of the recorded ids is in them."""
    lines = (test_data / "recorded" / "gpt35_tasks.jsonl").read_text("utf-8").splitlines()
    ids = {json.loads(line)["dataset"] for line in lines}
    files = [repository / "stages/hub/template.py", *(repository / "stages/hub/rules").glob("*.py")]
    words = {word for file in files for word in re.findall(r"[A-Za-z0-9_]+", file.read_text("utf-8"))}
    assert not ids & words


def test_ids_are_hidden_by_whole_words() -> None:
    columns = visible(
        dict.fromkeys(("id", "story_id", "pairID", "evidence", "candidates", "residence"), STRING),
        [dict.fromkeys(("id", "story_id", "pairID", "evidence", "candidates", "residence"), LONG)],
    )
    assert [column.name for column in columns] == ["evidence", "candidates", "residence"]


def test_a_bare_yes_or_no_is_no_input() -> None:
    found = proposed({"sentence": STRING, "is_motion": label("no", "yes")})
    assert (("is_motion",), "sentence") not in found
    assert (("sentence",), "is_motion") in found


def test_the_score_of_an_alignment_is_bookkeeping_and_its_label_is_none() -> None:
    assert proposed({"chunk": STRING, "alignment_score": Feature(type="float32")}) == {}
    aligned = {"text": STRING, "simple_text": STRING, "alignment_label": label("notAligned", "aligned")}
    assert {output for _, output in proposed(aligned)} >= {"alignment_label"}


def test_no_text_is_asked_for_by_a_mean_of_what_people_gave() -> None:
    found = proposed({"premise": STRING, "hypothesis": STRING, "relatedness_score": Feature(type="float32")})
    assert (("premise", "hypothesis"), "relatedness_score") in found
    assert not any("relatedness_score" in inputs for inputs, _ in found)  # sem_eval_2014_task_1: 3.6


def test_an_undeclared_domain_tells_where_a_row_comes_from() -> None:
    found = proposed({"context": STRING, "question": STRING, "domain": "national_parks"})  # zest
    assert not any("domain" in (*inputs, output) for inputs, output in found)
    declared = proposed({"text": STRING, "domain": label("travel", "banking")})
    assert (("text",), "domain") in declared


def test_a_question_query_is_a_question_and_wikipedia_has_its_capital() -> None:
    found = proposed({"question_query": STRING, "category_name": "Transmission"})  # covid_qa_castorini
    assert found[("category_name",), "question_query"] == "Given a category, write a question that fits it."
    found = proposed({"context": STRING, "wikipedia_page_title": "Anna Vissi"})  # quac
    assert found[("context",), "wikipedia_page_title"] == "Write a Wikipedia page title for the given context."
