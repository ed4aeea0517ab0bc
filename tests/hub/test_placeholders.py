import pytest

from stages.hub.placeholders import is_placeholder

# What the placeholder rows of real hub datasets look like.
PLACEHOLDERS = [
    {"translation": {"cs": "This is a test sentence to pass the tests.", "en": "This is a test sentence"}},
    {"translation": {"de": "Just a test sentence.", "en": "Just a test sentence."}},
    {"translation": {"cs": " Test ", "en": " Test "}},
    {"text": "This is a second test file.", "gender": "female", "age": 23, "job": "Student"},
    {"text": "Goodbye world2\n", "label": "neg"},
    {"description": "dummy description", "abstract": "dummy abstract"},
    {"text": "<p>This is a sample article which will contain some text</p>\n<p> Nullam placerat.</p>", "title": "x"},
    {"text": "<p>This is yet another sample article which will contain much more text</p>"},
    {"Text": "massa enim nec", "Pronoun": "condimentum mattis pellentesque", "A-offset": 228},
    {"text": "some text 1", "summary": "some summary 1", "title": "news title 1", "url": "url.html"},
    {"text": "some text.", "summary": "some summary", "title": "An act to amend Section xxx."},
    {"author": "", "content": "input document 2.", "summary": "output summary 2."},
    {"id": "id", "link": "link", "title": "title", "article": "article", "highlights": "highlights"},
    {"question": "QUESTION goes here.", "choices": ["a", "b"]},
    {"document": "train source", "summary": "train target"},
    {"id": "0", "text": "his is the text of a dummy passag", "title": "Title of the article"},
]

# Real rows that hold such words.
ROWS: list[dict[str, object]] = [
    {"passage": "This is a test of faith, he said.", "answer": "dummy"},
    {"passage": "A long passage about a village and its well.", "query": "@placeholder is a village", "answer": "x"},
    {"text": "This is a sample of what we found in the river.", "label": "no"},
    {"code": "print('hello world')  # says hello", "output": "hello world"},
    {"text": "To test a sentence, read it aloud.", "label": 1},
    {"sentence": "The dummy was made of wood.", "label": "yes"},
    {"question": "What is the answer to question 3 of the quiz?", "answer": "What is the answer?"},
    {"text": "Some text.", "summary": "A few words on the state of things.", "label": "short"},
    {"word": "testing", "tag": "NN"},
    {"text": "at in", "label": None},
    {"label": "label"},
    {},
]


@pytest.mark.parametrize("row", PLACEHOLDERS)
def test_a_row_that_stands_in_for_data_is_known(row: dict[str, object]) -> None:
    assert is_placeholder(row)


@pytest.mark.parametrize("row", ROWS)
def test_a_real_row_with_the_same_words_is_none(row: dict[str, object]) -> None:
    assert not is_placeholder(row)
