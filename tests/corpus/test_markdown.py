import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.corpus.markdown import from_html, is_html, without_leftovers

PAGE = (
    '<div class="markdown prose"><p>Use <b>this</b> &amp; <code>a_b</code>:</p><pre><div class="bg-black"><div>'
    "<span>python</span><button>Copy code</button></div><div><code>"
    '<span class="k">def</span> f(x):\n    return x &lt; 1\n\n\nprint("1 * 2")\n</code></div></div></pre>'
    "<ol><li>one</li><li>two</li></ol></div>"
)


def test_a_page_becomes_markdown_with_its_code_in_a_named_fence() -> None:
    expected = (
        'Use **this** & `a_b`:\n\n```python\ndef f(x):\n    return x < 1\n\n\nprint("1 * 2")\n```\n\n1. one\n2. two'
    )
    assert from_html(PAGE) == expected
    assert without_leftovers(expected) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 / 1Write a poem.", "Write a poem."),
        ("2 / 3\n\nHello.", "Hello."),
        ("3 / 4", "3 / 4"),
        ("4 / 2 is two.", "4 / 2 is two."),
        ("```\npythonCopy code\nprint(1)\n```", "```python\nprint(1)\n```"),
        ("```bashCopy codels\n```", "```bash\nls\n```"),
        ("pythonCopy code\nprint(1)", "print(1)"),
        ("How do I Copy code from here?", "How do I Copy code from here?"),
        ("End.Copy1234 chars / 210 words", "End."),
        ("a\n```\n```\nb", "a\nb"),
        ("a\n```python\n\n```\nb", "a\nb"),
        ("```\n \n\n  ```\nb", "b"),
        ("a\n``````\nb", "a\nb"),
        ("a ``` ``` b", "a  b"),
        ("a\n\n\nb", "a\nb"),
        ("a\n\nb", "a\n\nb"),
        ("```\na\n\n\nb\n```\n\n\nc", "```\na\n\n\nb\n```\nc"),
        ("  \n a \n", "a"),
    ],
)
def test_what_the_page_added_goes_and_nothing_else(text: str, expected: str) -> None:
    assert without_leftovers(text) == expected


def test_only_a_text_that_begins_with_a_block_is_html() -> None:
    assert all(map(is_html, ["<p>a", " <div class='x'>", "1 / 2 <ol><li>", "<PRE>"]))
    assert not any(map(is_html, ["", "a <p>", "```html\n<p>", "<b>bold", "if a <p: b", "<T> a type"]))


def test_html_that_gives_nothing_though_it_holds_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="no text"):
        from_html("<p>" + "<div>" * 3000 + "x")


def test_scripts_and_pages_without_text_give_none() -> None:
    assert from_html("<div></div>") == ""
    assert "alert" not in from_html("<p>a</p><script>alert(1)</script>")


@given(st.text(st.sampled_from("ab \n`1/2<>Copy cde#*")))
def test_cleaning_a_text_again_changes_no_plain_text(text: str) -> None:
    plain = text.replace("`", "").replace("C", "").replace("/", "")
    once = without_leftovers(plain)
    assert without_leftovers(once) == once
