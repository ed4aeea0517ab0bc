"""Asking a model that is loaded here: what it writes to each item, and what the references would have cost it.

The same model gives the same answers, also where they are sampled. What a killed process has answered is kept.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
import transformers
from pydantic import ValidationError
from tqdm import tqdm

from stages.model import network
from stages.model.coding import answer_room, asking, ends, weighing
from stages.model.decoding import Decode, PredictParams
from stages.model.item import Item
from stages.model.network import Model
from stages.model.opening import open_to_ask, origins
from stages.model.predictions import Said, Weight
from stages.model.tokenizing import Tokens
from stages.model.trained import read_trained
from stages.model.work import fingerprint, finish, work_folder
from stages.shared import networks
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import dump_json
from stages.shared.records import Frozen, digest

PARTIAL_FILE = "answers.jsonl"


class Answered(Frozen):
    """An answer that is kept until all are there. at: its item's place. ended: whether it came to an end by itself. The
    rest is that of a Prediction.
    """

    at: int
    said: str
    ended: bool
    weight: tuple[float, int, int, int] | None


def answers(
    path: Path, asked: Sequence[Item], settings: PredictParams, decode: Decode | None, weigh: bool, output: Path
) -> list[Said]:
    """What the model at `path` says to each item, in their order; with `weigh`, what its first reference costs.

    decode: of the benchmark, None where it leaves that to the settings. output: what the answers are for, by which
    those of a killed process are found. Raises InputError where there is no such model, and, with `weigh`, where it was
    trained on what it is asked.
    """
    if weigh:
        refuse_seen(asked, path)
    network.settle(settings.threads)
    model = open_to_ask(path)
    decode = decode or settings.decode
    inputs = [settings.model_dump(), decode.model_dump(), weigh, [asdict(one) for one in asked]]
    inputs += [torch.__version__, transformers.__version__, *map(fingerprint, origins(path))]
    work = work_folder("predict", output, inputs)
    said = answer(model, asked, settings, decode, weigh, work / PARTIAL_FILE)
    finish(work)
    return said


def answer(
    model: Model, asked: Sequence[Item], settings: PredictParams, decode: Decode, weigh: bool, partial: Path
) -> list[Said]:
    """What the model says to each item, in their order. partial: where answers are kept as they come, and found."""
    room = decode.new_ids or settings.new_ids
    read = asking(model, room)
    sources, left_out = zip(*map(read, asked), strict=True)
    stops = ends(model)
    weighed = weighing(model) if weigh else None
    # Alike lengths together: little padding. The order is undone below.
    order = sorted(range(len(asked)), key=lambda at: (len(sources[at]), at))
    found = {one.at: one for one in _kept(partial)}
    starts = range(0, len(order), settings.batch)
    partial.parent.mkdir(parents=True, exist_ok=True)
    with partial.open("a", encoding="utf-8") as file:
        for start in tqdm(starts, "predict", delay=2, unit="batch"):
            places = order[start : start + settings.batch]
            if all(at in found for at in places):
                continue
            # A batch is asked whole or not at all, so its draws are the same after a kill.
            torch.manual_seed(int(digest([decode.seed, [asked[at].id for at in places]], 12), 16))
            questions = [sources[at] for at in places]
            longest = max(map(len, questions))
            said = _said(model, questions, answer_room(model, room, longest), stops, decode)
            costs = _costs(model, [asked[at] for at in places], weighed)
            for at, (text, ended), cost in zip(places, said, costs, strict=True):
                found[at] = Answered(at=at, said=text, ended=ended, weight=cost)
                file.write(dump_json(found[at].model_dump()) + "\n")
            file.flush()
    ordered = (found[at] for at in range(len(asked)))
    return [
        Said(
            one.said,
            Weight(*one.weight) if one.weight else None,
            left_out=left_out[one.at],
            cut_off=not one.ended,
        )
        for one in ordered
    ]


def _said(
    model: Model, sources: Sequence[Sequence[int]], room: int, stops: Sequence[int], decode: Decode
) -> list[tuple[str, bool]]:
    try:
        return network.write_until_ends(model, sources, room, stops, decode)
    except (RuntimeError, MemoryError) as error:
        if not networks.is_out_of_memory(error):
            raise
        raise ParamsError(
            "a batch that fits into memory",
            f"out of memory for {len(sources)} questions of up to {max(map(len, sources))} ids",
            "params.yaml, key predict.batch",
            "lower it",
        ) from error


def _costs(
    model: Model, asked: Sequence[Item], weighed: Callable[[Item], tuple[Tokens, int] | None] | None
) -> Iterable[tuple[float, int, int, int] | None]:
    """What the first reference of each item costs: bits, its bytes, its ids and those guessed; None if not weighed."""
    texts = [weighed(one) if weighed else None for one in asked]
    weights = iter(network.weights(model, there) if (there := [text[0] for text in texts if text]) else [])
    for text in texts:
        if text is None:
            yield None
        else:
            bits, ids, hits = next(weights)
            yield round(bits, 4), text[1], ids, hits


def _kept(partial: Path) -> Iterator[Answered]:
    """What was answered before; the last line may be torn."""
    if not partial.exists():
        return
    for line in partial.read_bytes().splitlines():
        try:
            yield Answered.model_validate_json(line)
        except ValidationError:
            return


def refuse_seen(asked: Sequence[Item], model: Path) -> None:
    """Raise InputError where the model was trained on something it would be measured on."""
    seen = {one.instance_id for one in read_trained(model)}
    for one in asked:
        if one.id in seen:
            raise InputError(
                "a model that never saw the held-out instances",
                f"one trained on {one.id} of {one.part}",
                str(model),
                "run `dvc repro mix train`, since the held-out share has changed",
            )
