"""What cleaning a corpus should leave, counted slowly and plainly from the raw JSON, by none of the project's code.

Each function takes raw records and gives the counts of the ledger: read, kept, dropped by reason. The rules are those
of spec C2, with the settings of tests/corpus/policies.py. Records come in a wholesome form: no page in HTML, none of
what a page leaves around a text (`is_plain`), roles as ShareGPT names them.
"""

import json
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

LONGEST, SHORTEST_CHAT, DIGITS = 20_000, 16, 9
BLOCKED = ("openai", "chatgpt")
TOKENS, PER_TURN, BYTES_PER_TOKEN = 2048, 6, 4

Record = dict[str, Any]
Counts = dict[str, Any]
Counting = Callable[[list[Record]], Counts]


def alpaca(rows: list[Record]) -> Counts:
    """Rows of Alpaca; an input or an output that is not there is empty."""
    return singles([(row["instruction"], row.get("input", ""), row.get("output", "")) for row in rows])


def tasks(records: list[Record]) -> Counts:
    """Tasks of Self-Instruct."""
    return singles(
        [(task["instruction"], one["input"], one["output"]) for task in records for one in task["instances"]]
    )


def super_ni(records: list[Record]) -> Counts:
    """Task files of Super-NI: every output of an instance, a number as its digits."""
    exchanges = []
    for task in records:
        for one in task["Instances"]:
            exchanges += [(task["Definition"][0], one["input"], f"{output}") for output in one["output"]]
    return singles(exchanges)


def singles(exchanges: list[tuple[str, str, str]]) -> Counts:
    """Instructions with inputs and outputs."""
    fates, seen = [], set()
    for exchange in exchanges:
        instruction, input, output = (text.strip() for text in exchange)
        if not instruction:
            fate = "empty-instruction"
        elif not output:
            fate = "empty-output"
        else:
            fate = too_long_or_odd([instruction, input, output], [output])
        if not fate and (instruction, input, output) in seen:
            fate = "repeat"
        if not fate:
            seen.add((instruction, input, output))
        fates.append(fate)
    return counted(fates)


def preferences(records: list[Record]) -> Counts:
    """Preferences as LLaMA-Factory has them: turns, and two answers to the last of them."""
    fates, seen = [], set()
    for record in records:
        asked = [(turn["from"], turn["value"]) for turn in record["conversations"]]
        chosen, rejected = record["chosen"]["value"].strip(), record["rejected"]["value"].strip()
        identity = json.dumps([asked, chosen, rejected])
        texts = [*(text for _, text in asked), chosen, rejected]
        if asked[-1][0] != "human" or not asked[-1][1].strip():
            fate = "empty-prompt"
        elif not chosen or not rejected:
            fate = "empty-answer"
        elif chosen.split() == rejected.split():
            fate = "equal-answers"
        elif any(len(text) > LONGEST for text in texts):
            fate = "too-long"
        elif any(repeats_a_digit(text) for text in texts):
            fate = "digit-run"
        elif identity in seen:
            fate = "repeat"
        else:
            fate = ""
            seen.add(identity)
        fates.append(fate)
    return counted(fates)


def conversations(records: list[Record]) -> Counts:
    """Conversations in ShareGPT's form, with calls of tools or without, cut into pieces where they are long."""
    fates: list[str] = []
    seen: set[str] = set()
    openings: set[str] = set()
    for record in records:
        opening, pieces, fate = judged(record)
        if not fate and opening in openings and any(piece not in seen for piece in pieces):
            fate = "same-opening"
        if fate:
            fates.append(fate)
            continue
        for piece in pieces:
            if piece not in seen:
                openings.add(opening)
            fates.append("repeat" if piece in seen else "")
            seen.add(piece)
    return counted(fates)


def judged(record: Record) -> tuple[str, list[str], str]:
    """The first exchange of a conversation and its pieces, as text to compare; and why it goes, "" where it stays."""
    turns = [(turn["from"], without_blank_lines(turn["value"].strip())) for turn in record["conversations"]]
    speakers = "".join({"human": "u", "gpt": "a", "function_call": "c", "observation": "o"}[who] for who, _ in turns)
    assert all(is_plain(text) for who, text in turns if who in ("human", "gpt"))
    assert all(text for _, text in turns)
    if speakers.replace("co", "").replace("ua", ""):
        raise ValueError(f"{speakers}: no sample has turns of this order")
    texts = ["" if who == "function_call" else text for who, text in turns]
    offered = record.get("tools", "[]")
    texts += [] if offered == "[]" else [offered]
    if sum(map(len, texts)) < SHORTEST_CHAT:
        return "", [], "too-short"
    if any(word in text.lower() for word in BLOCKED for text in texts):
        return "", [], "blocked-word"
    if fate := too_long_or_odd(texts, [text for who, text in turns if who == "gpt"]):
        return "", [], fate
    first = [json.loads(text) if who == "function_call" else text for who, text in turns if who != "observation"][:2]
    return json.dumps(first), pieces(turns, offered), ""


def pieces(turns: list[tuple[str, str]], offered: str) -> list[str]:
    """The pieces of a conversation: one exchange after the other, as long as they fit."""
    exchanges: list[list[tuple[str, str]]] = [] if offered == "[]" else [[("system", offered)]]
    for who, text in turns:
        if who == "human" and not (len(exchanges) == 1 and exchanges[0][0][0] == "system"):
            exchanges.append([])
        exchanges[-1].append((who, text))
    found: list[list[tuple[str, str]]] = [[]]
    for exchange in exchanges:
        if found[-1] and sum(map(tokens, found[-1])) + sum(map(tokens, exchange)) > TOKENS:
            found.append([])
        found[-1] += exchange
    return [json.dumps(piece) for piece in found]


def tokens(turn: tuple[str, str]) -> int:
    """A turn's tokens by its bytes; a call's by the form in which it is kept, `[{"name":...,"arguments":...}]`."""
    who, text = turn
    if who == "function_call":
        call = json.loads(text)
        made = [{"name": call["name"], "arguments": call["arguments"]}]
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN) + PER_TURN


def too_long_or_odd(texts: list[str], answers: list[str]) -> str:
    """The rules that look at any text, and the one on lists in answers."""
    if any(len(text) > LONGEST for text in texts):
        return "too-long"
    if any(counts_one_one(answer) for answer in answers):
        return "wrong-list"
    return "digit-run" if any(repeats_a_digit(text) for text in texts) else ""


def counts_one_one(text: str) -> bool:
    """Whether two lines in a row begin a list with 1, and no 2 stands between them."""
    between = text.split("\n1. ")[1:-1]
    return any("2" not in part for part in between)


def repeats_a_digit(text: str) -> bool:
    """Whether a digit stands nine times in a row."""
    return any(digit * DIGITS in text for digit in "0123456789")


def is_plain(text: str) -> bool:
    """Whether nothing of a page stands in a text: no tag at its start, no `Copy code`, no counter, no empty code."""
    start = text.partition(" / ")[0]
    return not (text.startswith("<") or "Copy" in text or start.isdigit() or "```\n```" in text or "``````" in text)


def without_blank_lines(text: str) -> str:
    """A text with no two blank lines in a row; code keeps its own."""
    kept, blanks, inside = [], 0, False
    for line in text.split("\n"):
        if line.startswith("```"):
            inside = not inside
        if line == "" and not inside:
            blanks += 1
            continue
        kept += [""] * (blanks if blanks < 2 else 0) + [line]
        blanks = 0
    return "\n".join(kept)


def counted(fates: list[str]) -> Counts:
    """The counts of the ledger."""
    dropped = Counter(fate for fate in fates if fate)
    return {"read": len(fates), "kept": len(fates) - dropped.total(), "dropped": dict(dropped)}
