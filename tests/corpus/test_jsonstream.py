"""Reading JSON as a stream: every sound element comes out as it stands, and a bad one costs only itself."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.corpus.jsonstream import document, elements, lines, rows
from stages.corpus.judging import DEEPEST, REASONS, Refused, Text
from stages.corpus.window import Window
from stages.shared.errors import InputError

LONGEST = 1_000_000
BLOCKS = st.integers(1, 40)

SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUE = st.recursive(
    SCALAR | st.text('"\\[]{},:é\n'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('a"\\[{', max_size=3), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.lists(st.dictionaries(st.text("ab{", max_size=3), VALUE, max_size=3), max_size=5)
BLANKS = st.sampled_from([",", ", ", " ,\n", "\t,\r\n  "]), st.sampled_from([":", ": ", "\t:\n"])
Found = list[Text | Refused]


def read(content: bytes, longest: int = LONGEST, block: int = 1 << 20) -> Found:
    return list(document(io.BytesIO(content), "x.json", longest, block))


def read_until_fault(found: Iterator[Text | Refused]) -> tuple[Found, InputError | None]:
    """What came before the fault, and the fault."""
    came: Found = []
    try:
        for one in found:
            came.append(one)
    except InputError as error:
        return came, error
    return came, None


def shown(found: Found) -> list[str]:
    return [one.text if isinstance(one, Text) else one.reason for one in found]


def ends(content: str) -> list[int]:
    """Where each element of an array of objects ends, by the reader of the standard library."""
    found = []
    at = content.find("{")
    while at >= 0:
        at = json.JSONDecoder().raw_decode(content, at)[1]
        found.append(at)
        at = content.find("{", at)
    return found


@settings(max_examples=50)
@given(st.lists(VALUE, max_size=6), BLOCKS, *BLANKS, st.booleans(), st.sampled_from([None, 0, 2]))
def test_any_array_comes_out_element_by_element_in_blocks_of_any_size(
    values: list[Any], block: int, comma: str, colon: str, ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(values, ensure_ascii=ascii_only, indent=indent, separators=(comma, colon))
    content = text.encode("utf-8", "replace")  # half characters have no bytes
    window = Window(io.BytesIO(b"\xef\xbb\xbf \n" + content + b"\r\n"), "x.json", block)
    assert [json.loads(raw or b"") for raw in elements(window, LONGEST)] == json.loads(content)


@settings(max_examples=50)
@given(OBJECTS, BLOCKS, st.integers(2, 60))
def test_an_element_that_is_too_long_is_refused_and_its_neighbours_are_untouched(
    values: list[dict[str, Any]], block: int, longest: int
) -> None:
    texts = [json.dumps(value) for value in values]
    found = read(f"[{' , '.join(texts)} ]".encode(), longest, block)
    assert shown(found) == [text if len(text) <= longest else "too-long" for text in texts]
    assert [one.place for one in found] == [str(number) for number in range(1, len(texts) + 1)]


@settings(max_examples=50)
@given(OBJECTS.filter(bool), st.data(), BLOCKS)
def test_a_changed_byte_never_touches_what_is_before_it_nor_raises_another_error(
    values: list[dict[str, Any]], data: st.DataObject, block: int
) -> None:
    text = json.dumps(values, indent=data.draw(st.sampled_from([None, 1])))
    content = bytearray(text, "ascii")
    at = data.draw(st.integers(1, len(content) - 1))
    content[at] = data.draw(st.integers(0, 255))
    found, _ = read_until_fault(document(io.BytesIO(bytes(content)), "x.json", LONGEST, block))
    before = sum(end <= at for end in ends(text))
    assert [json.loads(one.text) for one in found[:before] if isinstance(one, Text)] == values[:before]
    for one in found:
        assert one.reason in REASONS if isinstance(one, Refused) else isinstance(json.loads(one.text), dict)


@settings(max_examples=50)
@given(st.lists(st.text("abc[]{},: ", min_size=1), min_size=1, max_size=5), st.data(), BLOCKS)
def test_a_changed_letter_in_a_text_costs_no_other_element_unless_it_becomes_a_quote_or_backslash(
    texts: list[str], data: st.DataObject, block: int
) -> None:
    parts = [bytearray(json.dumps({"a": text}), "ascii") for text in texts]
    chosen = data.draw(st.integers(0, len(parts) - 1))
    at = data.draw(st.integers(7, len(parts[chosen]) - 3))
    parts[chosen][at] = data.draw(st.integers(0, 255).filter(lambda byte: byte not in b'"\\'))
    found = read(b"[" + b",".join(parts) + b"]", block=block)
    assert len(found) == len(texts)
    for number, (one, part) in enumerate(zip(found, parts, strict=True)):
        assert number == chosen or (isinstance(one, Text) and one.text == part.decode())


def test_a_file_that_ends_too_early_gives_its_whole_elements_and_then_the_byte_where_it_ends() -> None:
    text = '[{"a": "b\\"]"}, {"c": [1, {"d": {}}]},\n {"e": "é"}]'
    content = text.encode()
    whole = [len(text[:end].encode()) for end in ends(text)]
    for cut in range(len(content)):
        for block in (1, 7, 1 << 20):
            found, error = read_until_fault(document(io.BytesIO(content[:cut]), "x.json", LONGEST, block))
            assert len(found) == sum(end <= cut for end in whole)
            assert error is not None
            assert error.came == f"the end of the file at byte {cut}"
            assert error.where == "x.json"


@pytest.mark.parametrize(
    ("content", "count", "told"),
    [
        (b'[{"a": 1} {"b": 2}]', 1, "a comma or the end of the array, got '{\"b\": 2}]' at byte 10"),
        (b'[{"a": 1}] x', 1, "nothing after the end of the array, got 'x' at byte 11"),
        (b'[{"a": 1}][{"a": 1}]', 1, "nothing after the end of the array"),
        (b'[{"a": 1}, {"b": 2}}]', 2, "a comma or the end of the array, got '}]' at byte 19"),
        (b'[{"a": [1}, {"b": 2}]', 1, "a comma or the end of the array, got the end of the file at byte 21"),
        (b'[{"a": 1}, {"a": [1}, {"b": 2}', 1, "end of what begins at byte 11, got the end of the file at byte 30"),
        (b'{"a": 1} {"b": 2}', 1, "nothing after the end of the object, got '{\"b\": 2}' at byte 9"),
        (b'{"a": 1', 0, "the end of the file at byte 7; fetch it again"),
        (b"<!DOCTYPE html>", 0, "an array or an object of JSON, got '<!DOCTYPE html>' at byte 0"),
        (b"   ", 0, "the end of the file at byte 3"),
        (b"\xef\xbb\xbf", 0, "the end of the file at byte 3"),
    ],
)
def test_what_no_element_can_be_blamed_for_is_an_error_with_its_byte(content: bytes, count: int, told: str) -> None:
    found, error = read_until_fault(document(io.BytesIO(content), "x.json", LONGEST))
    assert len(found) == count
    assert told in str(error)


DEEP = [(b"[" * depth + b"]" * depth, "not-json") for depth in (DEEPEST + 1, 1_000, 100_000)]


@pytest.mark.parametrize("block", [7, 1 << 20])
@pytest.mark.parametrize(
    ("element", "reason"),
    [
        (b'{"a": NaN}', "not-json"),
        (b'{"a": -Infinity}', "not-json"),
        (b'{"a" 1}', "not-json"),
        (b'{"a": "line\nend"}', "not-json"),
        (b"{'a': 1}", "not-json"),
        (b'{"a": "caf\xe9"}', "not-utf-8"),
        (b'{"a": "\xed\xa0\xbd"}', "not-utf-8"),
        (b"", "blank-line"),
        (b"[1, 2]", "not-an-object"),
        (b'"[{"', "not-an-object"),
        (b"-1.5e3", "not-an-object"),
        (b"nul l", "not-json"),
        *DEEP,
        *((b'{"a": ' + nest + b"}", reason) for nest, reason in DEEP),
    ],
)
def test_a_bad_element_costs_only_itself(element: bytes, reason: str, block: int) -> None:
    found = read(b'[{"a": 1},' + element + b',{"b": "\\ud83d"},' + element + b"]", block=block)
    assert shown(found) == ['{"a": 1}', reason, '{"b": "\\ud83d"}', reason]


def test_a_nest_as_deep_as_is_read_is_read() -> None:
    nest = "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1)
    assert shown(read(f'[{{"a": {nest}}}]'.encode())) == [f'{{"a": {nest}}}']


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b'{"a": 1}\n{"b": 2}\n', ['{"a": 1}', '{"b": 2}']),
        (b'\xef\xbb\xbf\n{"a": 1} \r\n\r\n{"b": 2}', ["blank-line", '{"a": 1}', "blank-line", '{"b": 2}']),
        (b'{"a": NaN}\n{"b": 2}', ["not-json", '{"b": 2}']),
        (b'{"a": "' + b"x" * 50 + b'"}\n{"b": 2}', ["too-long", '{"b": 2}']),
        (b'{"a": 1}\n', ['{"a": 1}']),
        (b'{\n"a": 1}\n', ['{\n"a": 1}']),
        (b'  {"a":\r\n 1}  ', ['{"a":\r\n 1}']),
    ],
)
def test_a_json_file_of_lines_is_told_from_one_of_one_object(content: bytes, texts: list[str]) -> None:
    for block in (1, 10, 1 << 20):
        assert shown(read(content, 40, block)) == texts


def test_every_line_is_a_record_or_has_its_reason_whatever_encoding_the_others_have() -> None:
    content = '{"a": "é"}\n'.encode() + '{"a": "é"}\n'.encode("latin-1") + b'\n[1]\n{"a": 1}{"b": 2}\n{"z": "\\ud83d"}'
    found = list(lines(io.BytesIO(content), LONGEST))
    texts = ['{"a": "é"}', "not-utf-8", "blank-line", "not-an-object", "not-json", '{"z": "\\ud83d"}']
    assert shown(found) == texts
    assert [one.place for one in found] == ["1", "2", "3", "4", "5", "6"]


@settings(max_examples=50)
@given(OBJECTS, st.dictionaries(st.sampled_from(["Definition", "b", "ü"]), VALUE), st.integers(0, 3), BLOCKS)
def test_an_array_under_a_key_gives_the_object_once_for_each_element(
    values: list[dict[str, Any]], beside: dict[str, Any], at: int, block: int
) -> None:
    members = list(beside.items())
    members.insert(at, ("Instances", values))
    content = json.dumps(dict(members), indent=1).encode()
    found = list(rows(io.BytesIO(b"\xef\xbb\xbf" + content), "x.json", "Instances", LONGEST, block))
    made = [json.loads(one.text) for one in found if isinstance(one, Text)]
    expected = [dict(members) | {"Instances": [value]} for value in values]
    assert made == expected
    assert [list(one) for one in made] == [list(one) for one in expected]


def test_under_a_key_too_a_bad_element_costs_only_itself_and_a_record_is_measured_with_its_object() -> None:
    content = b'{"b": 1, "a": [{"x": 1}, {"x":NaN}, "\xff", {"long": "' + b"x" * 20 + b'"}, {"y": 2}], "c": null}'
    longest = len('{"b": 1, "a": [{"x":NaN}], "c": null}')
    found = list(rows(io.BytesIO(content), "x.json", "a", longest))
    first, last = ('{"b": 1, "a": [' + one + '], "c": null}' for one in ('{"x": 1}', '{"y": 2}'))
    assert shown(found) == [first, "not-json", "not-utf-8", "too-long", last]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"b": [{}]}', "an array under the key 'a', got none"),
        (b'{"a": {}}', "one array under the key 'a', got '{}}' at byte 6"),
        (b'{"a": [{}], "a": [{}]}', "one array under the key 'a'"),
        (b'[{"a": 1}]', "one object of JSON, got '[{"),
        (b"{}", "a key of the object, got '}' at byte 1"),
        (b'{"a": [{}]', "a comma or the end of the object, got the end of the file at byte 10"),
        (b'{"a": [{}', "a comma or the end of the array, got the end of the file at byte 9"),
        (b'{"a": [{}]} x', "nothing after the end of the object, got 'x'"),
        (b'{"b": tru, "a": [{}]}', "JSON beside the array under 'a', got not-json"),
        (b'{"b": "\xff", "a": [{}]}', "JSON beside the array under 'a', got not-utf-8"),
        (b'{"b": "' + b"x" * 100 + b'", "a": [{}]}', "at most 99 bytes (`collect.longest_record`) beside the array"),
        (b'{"a": [{}], "b": "' + b"x" * 100 + b'"}', "at most 99 bytes (`collect.longest_record`) beside the array"),
    ],
)
def test_an_object_without_its_array_or_with_a_fault_of_its_own_is_an_error(content: bytes, told: str) -> None:
    found, error = read_until_fault(rows(io.BytesIO(content), "x.json", "a", 99))
    assert found == []
    assert told in str(error)


# A file of 200 MB that is never there as a whole: a head, the same megabyte again and again, a tail.
# VmHWM and not ru_maxrss, which begins with the size of the process that started this one.
MEASURE = """
import io
from pathlib import Path
from stages.corpus.jsonstream import document, lines
from stages.corpus.judging import Text

class Stream(io.RawIOBase):
    def __init__(self, head, tail):
        self.parts = [tail, *[b"x" * 1_000_000] * 200, head]
    def readable(self):
        return True
    def readinto(self, buffer):
        part = self.parts.pop() if self.parts else b""
        size = min(len(part), len(buffer))
        buffer[:size] = part[:size]
        if part[size:]:
            self.parts.append(part[size:])
        return size

def large(head, tail):
    return io.BufferedReader(Stream(head, tail), 1 << 20)

found = list(document(large(b'[{"a": 1}, {"a": "', b'"}, {"b": 2}]'), "x.json", 5_000_000))
found += list(lines(large(b'{"a": "', b'"}\\n{"c": 3}'), 5_000_000))
print([one.text if isinstance(one, Text) else one.reason for one in found])
status = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="left out: no /proc to read a peak of memory from")
def test_a_line_and_an_element_of_200_mb_are_refused_without_being_held(repository: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", MEASURE], cwd=repository, check=True, capture_output=True, text=True, timeout=60
    )
    found, peak = process.stdout.splitlines()
    assert found == str(['{"a": 1}', "too-long", '{"b": 2}', "too-long", '{"c": 3}'])
    assert int(peak) < 50_000  # of 1,024 bytes; 200,000 if it were held
