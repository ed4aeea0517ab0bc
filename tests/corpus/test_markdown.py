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
    ("html", "expected"),
    [
        ("<div><span>a</span> b</div>", "a b"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<h2>a</h2><p>b</p>", "## a\n\nb"),
        ("<p>a<br>b</p>", "a  \nb"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<p>a <em>b</em> <a href='http://c.org/'>d</a></p>", "a *b* [d](http://c.org/)"),
        ("<p>1 &lt; 2 &amp; 3</p>", "1 < 2 & 3"),
        ("<pre><code>a\n  b\n</code></pre>", "```\na\n  b\n```"),
        ('<pre><code class="hljs language-c++">a</code></pre>', "```c++\na\n```"),
        ("<pre><div><span>sql</span><button>Copy code</button></div><code>a</code></pre>", "```sql\na\n```"),
        ("<pre><div>Copy code</div><code>a</code></pre><p>b</p>", "```\na\n```\n\nb"),
        ("<pre><code>&lt;p&gt; a * b_c</code></pre>", "```\n<p> a * b_c\n```"),
        (
            "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>",
            "| a |\n| --- |\n| b |",
        ),
    ],
)
def test_the_blocks_of_a_page_become_those_of_markdown(html: str, expected: str) -> None:
    assert is_html(html)
    assert from_html(html) == expected


def test_a_fence_before_many_blanks_is_read_in_no_time() -> None:
    # With blanks that could be shared out in several ways this takes the cube of their number: years.
    text = "Copy code\nA.\n```" + " " * 20_000 + "\n" + " " * 20_000 + "x"
    assert without_leftovers(text) == text.removeprefix("Copy code\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 / 1Write a poem.", "Write a poem."),
        ("12 / 12 Go on.", "Go on."),
        ("0 / 3 a", "0 / 3 a"),
        ("1/2 a", "1/2 a"),
        ("Page 1 / 2 a", "Page 1 / 2 a"),
        ("2 / 12345 a", "2 / 12345 a"),
        ("a\n\n\n\n\nb", "a\nb"),
        ("~~~\na\n\n\nb\n~~~", "~~~\na\n\n\nb\n~~~"),
        ("```\na\n\n\nb", "```\na\n\n\nb"),
        ("```a``` b", "```a``` b"),
        ("```js\nCopy code\nf()\n```", "```js\nf()\n```"),
        ("Copied 12 chars / 3 words", "Copied 12 chars / 3 words"),
        ("2 / 3\n\nHello.", "Hello."),
        ("3 / 4", "3 / 4"),
        ("4 / 2 is two.", "4 / 2 is two."),
        ("```\npythonCopy code\nprint(1)\n```", "```python\nprint(1)\n```"),
        ("```bashCopy codels\n```", "```bash\nls\n```"),
        ("```bashCopy codeCopy code\nls\n```", "```bash\nls\n```"),
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
