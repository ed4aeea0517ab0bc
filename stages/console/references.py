"""What params.yaml names must be there: the parts that runs take, the models that start others, what pairs compare."""

from pathlib import Path

from stages.model.runs import pieces
from stages.shared import params
from stages.shared.errors import ParamsError
from stages.shared.files import read_yaml
from stages.shared.parts import read

TRAINED, ALIGNED = "data/train", "data/align"
"""Where runs and alignments leave their models, each in a folder of its name."""

MADE = ("runs", "alignments")
"""The sections of params.yaml whose entries start from a model and make one."""


def check_runs(params_file: Path = params.PARAMS_FILE) -> None:
    """Raise ParamsError naming the key where a run takes what the dataset does not have, or says it wrongly."""
    joined = [str(part) for part in read(params_file)]
    for name, run in (params.value("runs", params_file) or {}).items():
        pieces(name, run.get("parts"), joined)


def check_starts(params_file: Path = params.PARAMS_FILE) -> None:
    """Raise ParamsError naming the key where a run, an alignment or a model starts from one that nothing makes any
    more, or in the end from itself. Where its folder is still there, DVC would take it for somebody's data.
    """
    found = read_yaml(params_file)
    runs, alignments = found.get("runs") or {}, found.get("alignments") or {}
    if both := sorted(runs.keys() & alignments.keys()):
        where = f"{params_file}, key alignments.{both[0]}"
        raise ParamsError("a name that no run has", both[0], where, "choose another, since scores go by it")
    starts = {f"{TRAINED}/{name}": run.get("init", "") for name, run in runs.items()}
    starts |= {f"{ALIGNED}/{name}": one.get("init", "") for name, one in alignments.items()}
    places = [
        (f"{kind}.{name}.init", one.get("init", "")) for kind in MADE for name, one in (found.get(kind) or {}).items()
    ]
    places += [(f"models.{name}.from", one.get("from", "")) for name, one in (found.get("models") or {}).items()]
    for key, path in places:
        chain = [path]
        while chain[-1].startswith((f"{TRAINED}/", f"{ALIGNED}/")):
            where = f"{params_file}, key {key}"
            if chain[-1] not in starts:
                known = ", ".join(starts) or "none"
                raise ParamsError(f"a model that a run or an alignment makes ({known})", chain[-1], where, "name one")
            if starts[chain[-1]] in chain:
                ring = " from ".join([*chain, starts[chain[-1]]])
                raise ParamsError(
                    "models that start from earlier ones", f"a ring: {ring}", where, "correct one of them"
                )
            chain.append(starts[chain[-1]])


def check_pairs(params_file: Path = params.PARAMS_FILE) -> None:
    """Raise ParamsError naming the key where a pair compares what is no measure; DVC would only miss a parameter."""
    found = read_yaml(params_file)
    measures = found.get("measures") or {}
    for name, pair in (found.get("pairs") or {}).items():
        for side in ("a", "b"):
            measure = pair.get(side) if isinstance(pair, dict) else pair
            if measure not in measures:
                raise ParamsError(
                    f"two of the measures {', '.join(measures) or '(none)'}",
                    repr(measure),
                    f"{params_file}, key pairs.{name}.{side}",
                    "name one of them, or remove the pair",
                )
