"""A local model: what it is asked, what it answers in which company, and what is refused; tiny models, no network."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPT2LMHeadModel

from stages.shared.errors import ModelError, ParamsError
from stages.shared.llm import books, local
from stages.shared.llm import transformers as subject
from stages.shared.llm.calls import Ask, CallError, Completion, answer_to
from stages.shared.llm.progress import Progress
from stages.shared.llm.seam import ModelParams, Prompt, Sampling, Unanswered, open_provider, request_of
from stages.shared.llm.store import Store, open_store
from stages.shared.records import Answer, Usage
from tests.shared.llm import tiny

Outcome = Answer | CallError
TEXTS = (
    "hi",
    "A longer one, to fill the others up.",
    "What is it?",
    "",
    "Is it so?",
    "Say it.",
    "x",
    "And again: why?",
)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # the variable is read once, long before


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """More threads than one make models as small as these only slower."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.gpt2(tmp_path_factory.mktemp("gpt2"))


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.llama(tmp_path_factory.mktemp("llama"), tiny.NO_SYSTEM)


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.t5(tmp_path_factory.mktemp("t5"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "answers.sqlite") as opened:
        yield opened


def model(path: Path | str | None, **sampling: Any) -> ModelParams:
    own = Sampling.model_validate({"max_tokens": 16, **sampling})
    return ModelParams(provider="transformers", model="tiny", path=None if path is None else str(path), sampling=own)


def ask(params: ModelParams, text: str, draw: int = 0) -> Ask:
    request = request_of(params, Prompt(text, "aware", ({"role": "user", "content": text},), draw))
    return Ask(request, request.key, text, "aware", draw)


def replies(params: ModelParams, asks: Sequence[Ask], store: Store) -> list[Outcome]:
    """What comes of each request, in the order of the requests."""
    found: dict[str, Outcome] = {}
    progress = Progress("tiny", None, StringIO())
    subject.Local("tiny", params).send(iter(asks), store, progress, lambda ask, what: found.update({ask.key: what}))
    assert set(found) == {one.key for one in asks}
    return [found[one.key] for one in asks]


def reply(path: Path, text: str, store: Store, **sampling: Any) -> Answer:
    params = model(path, **sampling)
    (found,) = replies(params, [ask(params, text)], store)
    assert isinstance(found, Answer)
    return found


def written_by_hand(path: Path, ids: list[int], length: int) -> list[int]:
    """The likeliest tokens after a prompt, one after the other, without batches, padding or cache."""
    network: Any = AutoModelForCausalLM.from_pretrained(path)
    for _ in range(length):
        with torch.no_grad():
            ids = [*ids, int(network(input_ids=torch.tensor([ids])).logits[0, -1].argmax())]
    return ids[-length:]


def loaded(path: Path, **sampling: Any) -> subject.Loaded:
    return subject.load(str(path), None, model(path, **sampling).sampling, "here")


@pytest.mark.parametrize("kind", ["gpt2", "chat", "t5"])
@pytest.mark.parametrize("sampling", [{}, {"temperature": 1.0, "top_p": 0.95, "seed": 3}], ids=["greedy", "drawn"])
def test_replies_are_the_same_in_a_batch_and_alone(
    kind: str, sampling: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(kind)
    network, params = loaded(path, **sampling), model(path, **sampling)
    asks = [ask(params, text) for text in TEXTS]
    alone = [network.completions([one])[0] for one in asks]
    assert network.completions(asks) == alone
    assert network.completions(asks[::-1]) == alone[::-1]
    assert len({one.reply for one in alone if isinstance(one, Completion)}) > len(TEXTS) // 2


def test_a_greedy_reply_is_what_the_model_itself_finds_likeliest(gpt2: Path, store: Store) -> None:
    letters = tiny.tokenizer()
    expected = written_by_hand(gpt2, letters("user: What is it?\nassistant:")["input_ids"], 16)
    params = model(gpt2)
    found = replies(params, [ask(params, "What is it?"), ask(params, TEXTS[1])], store)[0]
    assert isinstance(found, Answer)
    assert found.reply == letters.decode(expected, skip_special_tokens=True)


def test_answers_say_who_gave_them_and_count_real_tokens_only(gpt2: Path, t5: Path, store: Store) -> None:
    params = model(gpt2, max_completion_tokens=5, max_tokens=None)
    short, long = replies(params, [ask(params, "hi"), ask(params, TEXTS[1])], store)
    assert isinstance(short, Answer)
    assert isinstance(long, Answer)
    assert (short.provider, short.model, short.item, short.finish_reason) == ("transformers", "tiny", "hi", "length")
    assert short.usage == Usage(input=len("user: hi\nassistant:"), cached_input=0, output=5)
    assert long.usage == Usage(input=len(f"user: {TEXTS[1]}\nassistant:"), cached_input=0, output=5)
    seq2seq = model(t5, max_tokens=7).model_copy(update={"model": "t5"})
    short, long = replies(seq2seq, [ask(seq2seq, "hi"), ask(seq2seq, TEXTS[1])], store)
    assert isinstance(short, Answer)
    assert short.usage == Usage(input=len("hi") + 1, cached_input=0, output=7)  # with the end that T5 reads


def test_the_token_that_ends_a_reply_ends_it_and_is_no_part_of_it(tmp_path: Path, gpt2: Path, store: Store) -> None:
    whole = reply(gpt2, "hi", store)
    letter = whole.reply[4]
    ends = (tiny.END, tiny.VOCABULARY.index(letter))
    path = tiny.gpt2(tmp_path / "ending", ends=ends)
    params = model(path).model_copy(update={"model": "ending"})
    first, other = replies(params, [ask(params, "hi"), ask(params, "A longer one, to fill the others up.")], store)
    assert isinstance(first, Answer)
    assert first.reply == whole.reply[: whole.reply.index(letter)]
    assert first.finish_reason == "stop"
    assert first.usage == Usage(input=19, output=whole.reply.index(letter) + 1)
    assert isinstance(other, Answer)


def test_a_reply_ends_before_the_first_stop_string_in_it(gpt2: Path, store: Store) -> None:
    whole = reply(gpt2, "hi", store).reply
    params = model(gpt2, stop=[whole[9:11], whole[5:8]])
    first, other = replies(params, [ask(params, "hi"), ask(params, "Is it so?")], store)
    assert isinstance(first, Answer)
    assert (first.reply, first.finish_reason) == (whole[:5], "stop")
    assert first.usage == Usage(input=19, output=8)  # nothing was written after the stop string
    assert isinstance(other, Answer)
    assert other.finish_reason == "length"


def test_the_first_stop_string_counts_wherever_it_stands() -> None:
    assert local.cut("one two three", ["three", "two"]) == "one "
    assert local.cut("one two three", ["four"]) == "one two three"
    assert local.cut("one", []) == "one"


def test_a_chat_template_makes_the_prompt() -> None:
    words = tiny.tokenizer(tiny.CHAT)
    messages = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"})
    expected = "<s>system\nBe brief.</s><s>user\nWhy?</s><s>assistant\n"
    assert local.prompt_text(words, messages, joined=False) == (expected, False)


def test_system_text_goes_before_the_users_where_a_template_refuses_a_system_role() -> None:
    words = tiny.tokenizer(tiny.NO_SYSTEM)
    messages = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"})
    expected = "<s>user\nBe brief.\n\nWhy?</s><s>assistant\n"
    assert local.prompt_text(words, messages, joined=False)[0] == expected
    assert local.prompt_text(words, messages[:1], joined=False)[0] == "<s>user\nBe brief.</s><s>assistant\n"
    assert messages[1] == {"role": "user", "content": "Why?"}


def test_without_a_template_a_prompt_has_a_plain_form() -> None:
    words = tiny.tokenizer()
    messages = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"})
    assert local.prompt_text(words, messages, joined=False) == ("system: Be brief.\nuser: Why?\nassistant:", True)
    assert local.prompt_text(words, messages, joined=True) == ("Be brief.\n\nWhy?", True)


def test_special_tokens_of_a_template_are_not_added_twice(chat: Path, store: Store) -> None:
    found = reply(chat, "hi", store)
    assert found.usage is not None
    assert found.usage.input == len("^user\nhi$^assistant\n")


def test_a_prompt_that_its_template_refuses_stays_alone_without_an_answer(tmp_path: Path, store: Store) -> None:
    refusing = "{% if 'no' in messages[0]['content'] %}{{ raise_exception('not that') }}{% endif %}" + tiny.CHAT
    params = model(tiny.llama(tmp_path / "refusing", refusing))
    found = replies(params, [ask(params, "yes"), ask(params, "no"), ask(params, "maybe")], store)
    assert [type(one) for one in found] == [Answer, CallError, Answer]
    assert str(found[1]) == "rejected: the chat template refuses it: not that"


def test_a_prompt_too_long_for_the_model_stays_alone_without_an_answer(gpt2: Path, store: Store) -> None:
    params = model(gpt2)
    plain = len("user: \nassistant:")
    just = "x" * (tiny.CONTEXT - 16 - plain)
    found = replies(params, [ask(params, "hi"), ask(params, f"{just}x"), ask(params, just)], store)
    assert [type(one) for one in found] == [Answer, CallError, Answer]
    assert isinstance(found[1], CallError)
    assert (found[1].reason, found[1].final) == ("rejected", True)
    assert found[1].detail == "the prompt has 145 tokens; the model reads 1 to 160, 16 of them for the reply"
    assert store.query("SELECT count(*) FROM claims") == [(0,)]


def test_where_memory_is_short_prompts_are_asked_one_by_one_and_those_too_large_are_given_up(
    gpt2: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = GPT2LMHeadModel.generate
    widths: list[tuple[int, ...]] = []

    def short(self: Any, inputs: torch.Tensor, **given: Any) -> Any:
        widths.append(tuple(inputs.shape))
        if inputs.numel() > 40:
            raise torch.OutOfMemoryError
        return generate(self, inputs, **given)

    monkeypatch.setattr(GPT2LMHeadModel, "generate", short)
    params = model(gpt2)
    found = replies(params, [ask(params, "hi"), ask(params, TEXTS[1]), ask(params, "x")], store)
    assert widths == [(3, 53), (1, 19), (1, 53), (1, 18)]
    assert [type(one) for one in found] == [Answer, CallError, Answer]
    assert str(found[1]) == "server-error: out of memory for 53 tokens of prompt"
    assert store.query("SELECT count(*) FROM answers") == [(2,)]


def test_draws_follow_the_models_shares_at_every_temperature_and_leave_out_what_top_p_does() -> None:
    scores = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]])).repeat(4000, 1)
    keys = [f"{at * 0x9E3779B97F4A7C15 % 2**64:016x}" for at in range(4000)]

    def shares(temperature: float, top_p: float | None) -> list[float]:
        drawn = subject.Draw(keys, temperature, top_p)(None, scores).argmax(dim=-1).tolist()
        return [Counter(drawn)[at] / 4000 for at in range(4)]

    assert shares(1.0, None) == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.03)
    assert shares(0.5, None) == pytest.approx([0.685, 0.247, 0.062, 0.007], abs=0.03)
    assert shares(1.0, 0.75) == pytest.approx([0.625, 0.375, 0, 0], abs=0.03)


def test_another_draw_or_seed_draws_another_reply_and_the_same_one_again_the_same(gpt2: Path) -> None:
    params, other = (model(gpt2, temperature=1.0, seed=seed) for seed in (1, 2))
    asks = [ask(params, "hi"), ask(params, "hi", draw=1), ask(other, "hi")]
    found = loaded(gpt2, temperature=1.0).completions(asks)
    assert found == loaded(gpt2, temperature=1.0).completions(asks)
    assert len({one.reply for one in found if isinstance(one, Completion)}) == 3


def test_a_models_own_habits_of_drawing_are_not_taken_over(tmp_path: Path, gpt2: Path, store: Store) -> None:
    path = shutil.copytree(gpt2, tmp_path / "lively")
    change(path / "generation_config.json", do_sample=True, temperature=3.0, repetition_penalty=9.0, max_length=20)
    lively = reply(path, "hi", store).reply
    with open_store(tmp_path / "another.sqlite") as another:
        assert lively == reply(gpt2, "hi", another).reply


def change(file: Path, **values: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **values}), "utf-8")


def pickled(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def with_code(folder: Path) -> None:
    (folder / "own.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\nclass Own: pass\n", "utf-8")
    change(folder / "config.json", model_type="own", auto_map={"AutoConfig": "own.Own"})


def lacking(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    save_file(dict(sorted(weights.items())[1:]), folder / "model.safetensors", {"format": "pt"})


def cut_off(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:3000])


def wordless(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()


def too_many_words(folder: Path) -> None:
    words = tiny.tokenizer()
    words.add_tokens(["more"])
    words.save_pretrained(folder)


@pytest.mark.parametrize(
    ("damage", "came"),
    [
        (shutil.rmtree, "got OSError, Repo id must be in the form"),
        (pickled, "got OSError, Error no file named model.safetensors found"),
        (with_code, "got ValueError, The repository .* contains custom code"),
        (lacking, r"got weights that lack transformer\.h\.0\.attn\.c_attn\.bias"),
        (cut_off, "got SafetensorError, Error while deserializing header"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "got KeyError, 'added_tokens'"),
        (wordless, "got a tokenizer without a vocabulary"),
        (too_many_words, "got a tokenizer of 100 tokens and weights for 99"),
        (lambda folder: change(folder / "config.json", model_type="none"), "got ValueError, The checkpoint"),
    ],
    ids=["absent", "pickled", "code", "lacking", "cut-off", "bad-words", "no-words", "many-words", "kind"],
)
def test_a_model_that_cannot_be_loaded_safely_and_wholly_is_refused_in_one_sentence(
    damage: Callable[[Path], object], came: str, tmp_path: Path, gpt2: Path, store: Store
) -> None:
    folder = shutil.copytree(gpt2, tmp_path / "model")
    damage(folder)
    params = model(folder)
    where = rf"params.yaml, key llm.models.tiny.path, {folder}: expected a causal or seq2seq model .*"
    with pytest.raises(ModelError, match=where + came) as raised:
        replies(params, [ask(params, "hi")], store)
    assert "\n" not in str(raised.value)
    assert not (folder / "ran").exists()
    assert store.query("SELECT count(*) FROM answers") == [(0,)]
    store.writer.do(lambda db: books.bury(db, store.owner.id))  # as closing the store does
    assert store.query("SELECT (SELECT count(*) FROM claims), sum(paid + reserved) FROM budgets") == [(0, 0)]


def test_a_hub_id_that_is_not_at_hand_is_refused_with_its_name(store: Store) -> None:
    params = model("someone/some-model").model_copy(update={"revision": "0123abc"})
    with pytest.raises(ModelError, match="someone/some-model: expected a causal or seq2seq model"):
        replies(params, [ask(params, "hi")], store)


@pytest.mark.parametrize(
    ("path", "sampling", "said"),
    [
        (None, {}, r"llm\.models\.tiny\.path: expected a local folder or hub id, got none"),
        (
            "m",
            {"reasoning_effort": "low"},
            r"tiny\.sampling: expected none but .*, got reasoning_effort; remove reason",
        ),
        ("m", {"temperature": -1}, "expected a temperature of 0 or more"),
        ("m", {"top_p": 0}, "expected a top_p above 0 and up to 1"),
        ("m", {"max_tokens": 0}, "expected a bound of 1 token or more"),
        ("m", {"stop": [""]}, "expected stop strings that are not empty"),
    ],
)
def test_settings_that_cannot_be_kept_are_refused_before_anything_is_asked(
    path: str | None, sampling: dict[str, Any], said: str
) -> None:
    with pytest.raises(ParamsError, match=said):
        subject.Local("tiny", model(path, **sampling))


def test_an_endpoint_is_refused_so_that_no_answer_passes_for_one_of_it() -> None:
    with pytest.raises(ParamsError, match=r"tiny\.endpoint: expected null, since a local model has no endpoint, got x"):
        subject.Local("tiny", model("m").model_copy(update={"endpoint": "x"}))


def test_batches_keep_the_order_in_which_requests_come(
    gpt2: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    completions = subject.Loaded.completions

    def watched(self: subject.Loaded, asks: Sequence[Ask]) -> Any:
        seen.append([one.item for one in asks])
        return completions(self, asks)

    monkeypatch.setattr(subject.Loaded, "completions", watched)
    monkeypatch.setattr(subject, "BATCH", 3)
    params = model(gpt2, max_tokens=2)
    replies(params, [ask(params, text) for text in TEXTS], store)
    assert seen == [list(TEXTS[:3]), list(TEXTS[3:6]), list(TEXTS[6:])]


def elsewhere(ask: Ask) -> Answer:
    return answer_to(ask, Completion("from elsewhere", "stop", Usage(input=1, output=1)))


def test_what_another_process_is_asking_is_waited_for_and_not_asked(
    gpt2: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = model(gpt2)
    asks = [ask(params, text) for text in TEXTS[:3]]
    with open_store(store.path) as other:
        other.writer.do(lambda db: books.claim(db, asks[1].key, other.owner.id, "local", 0, None))
        looks: list[float] = []

        def pass_by(seconds: float) -> None:
            looks.append(seconds)
            if len(looks) == 2:
                other.writer.do(lambda db: books.settle(db, elsewhere(asks[1]), 0, "local", 1))

        monkeypatch.setattr(subject.time, "sleep", pass_by)
        found = replies(params, asks, store)
    assert len(looks) == 2
    assert found[1] == elsewhere(asks[1])
    assert found[0] != found[2]


def test_what_another_process_gave_up_is_asked_here(gpt2: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    params = model(gpt2)
    with open_store(store.path) as other:
        one = ask(params, "hi")
        other.writer.do(lambda db: books.claim(db, one.key, other.owner.id, "local", 0, None))

        def give_up(seconds: float) -> None:
            other.writer.do(lambda db: books.release(db, one.key))

        monkeypatch.setattr(subject.time, "sleep", give_up)
        (found,) = replies(params, [one], store)
    assert isinstance(found, Answer)
    assert found.reply != "from elsewhere"


PARAMS: dict[str, Any] = {
    "endpoints": {},
    "concurrency": 1,
    "requests_per_minute": None,
    "tokens_per_minute": None,
    "timeout_s": 1,
    "attempts": 1,
    "patience_s": 1,
    "max_failed_share": 0.5,
    "budget_usd": 0,
    "budget_id": "none",
    "pay_again": False,
    "poll_s": 1,
    "prices": {},
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a params.yaml, and a store of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "answers.sqlite"))
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"llm": {"client": PARAMS}}), "utf-8")
    return tmp_path


def no_rule(prompt: Prompt) -> str:
    raise AssertionError("a model answers, no rule")


def all_answers(params: ModelParams, prompts: Sequence[Prompt]) -> list[Answer | Unanswered]:
    provider = open_provider("tiny", params, no_rule, Path("data/generate/w/answers.jsonl"))
    return list(provider.answer(prompts))


def prompt(text: str, complaint: str = "") -> Prompt:
    schema = {"type": "object"}
    return Prompt(text, "aware", ({"role": "user", "content": text},), schema=schema, complaint=lambda _: complaint)


def test_a_run_answers_in_order_asks_again_after_a_complaint_and_reports_what_has_no_answer(
    here: Path, gpt2: Path
) -> None:
    prompts = [prompt("hi"), prompt("x" * 200), prompt("Why?", "No."), prompt("So?", "No room. " * 9), prompt("hi")]
    found = all_answers(model(gpt2, max_tokens=1), prompts)
    turns = [("hi", 0), ("xxxx", None), ("Why?", 0), ("Why?", 1), ("So?", 0), ("hi", 0)]
    assert [(one.item[:4], getattr(one, "turn", None)) for one in found] == turns
    assert isinstance(found[1], Unanswered)
    assert found[1].reason == "rejected"
    assert found[0] == found[-1]


def test_the_second_run_takes_all_answers_from_the_store_and_loads_no_model(
    here: Path, gpt2: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(gpt2, here / "model")
    params, prompts = model(folder), [prompt(text) for text in TEXTS]
    first = all_answers(params, prompts)
    assert "8 answered · 0 from store" in capsys.readouterr().err
    shutil.rmtree(folder)
    assert all_answers(params, prompts) == first
    assert capsys.readouterr().err == ""
    with open_store() as store:
        assert store.paid("local") == (0, 0, 0)
        assert store.query("SELECT count(*), sum(cost) FROM answers") == [(len(TEXTS), 0)]
