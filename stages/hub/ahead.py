"""Reading ahead of a crawl: what will be needed of the Hugging Face hub, several datasets at once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tqdm import tqdm

from stages.hub.waves import Wave
from stages.shared import params
from stages.shared.errors import HubError
from stages.shared.hub.huggingface import HuggingFaceHub, Pin
from stages.shared.hub.polite import HubClient, asking, time_limit
from stages.shared.hub.seam import HubDataset, UnreadableError
from stages.shared.hub.store import default_path

FEW = 5
"""So many datasets that cannot be reached are never an outage, unless they are all there are."""

Plan = Callable[[HubDataset], Iterator[tuple[str, list[str]]]]
"""The configs of a dataset that will be read, each with its splits, in order."""


@contextmanager
def opened(wave: Wave, limit: int | None, plan: Plan) -> Iterator[HuggingFaceHub]:
    """Open the Hugging Face hub for the datasets of a wave, with all that is planned in the store.

    limit: the first rows of a split that are ever asked for (None: all). plan: what will be read of a dataset. Raises
    HubError where the hub cannot be reached at all, or refuses the token.
    """
    client = params.read("hub.client", HubClient)
    pins = {entry.id: Pin(entry.revision, entry.converted) for entry in wave.datasets if entry.path is None}
    with asking(client):
        hub = HuggingFaceHub(pins, limit, default_path())
        read_ahead(hub, hub.datasets(), client, plan)
        again = hub.forget_transient()
        if again:
            read_ahead(hub, again, client, plan)
        check_outage(hub, client)
        yield hub


def read_ahead(hub: HuggingFaceHub, ids: Sequence[str], client: HubClient, plan: Plan) -> None:
    """Read what is planned of each dataset into the store, `client.concurrency` datasets at once."""

    def read(id: str) -> None:
        with time_limit(client.dataset_s):
            _read_dataset(hub, id, plan)

    pool = ThreadPoolExecutor(client.concurrency)
    try:
        for _ in tqdm(pool.map(read, ids), desc="read", unit="dataset", total=len(ids), delay=5):
            pass
    finally:
        pool.shutdown(cancel_futures=True)


def _read_dataset(hub: HuggingFaceHub, id: str, plan: Plan) -> None:
    """Read one dataset; what cannot be read is remembered by the hub, and raised again when the crawl comes to it."""
    try:
        dataset = hub.dataset(id)
        wanted = list(plan(dataset))
    except UnreadableError:
        return
    for config, splits in wanted:
        try:
            hub.read_ahead(dataset, config, splits)
        except UnreadableError:
            continue


def check_outage(hub: HuggingFaceHub, client: HubClient) -> None:
    """Raise HubError where so much could not be reached that it is the hub, or the way to it, and not a dataset."""
    failed, asked = hub.unavailable(), len(hub.datasets())
    if failed and (len(failed) == asked or len(failed) > max(FEW, client.max_failed_share * asked)):
        id, error = next(iter(failed.items()))
        raise HubError(
            "a hub that answers",
            f"{len(failed)} of {asked} datasets that could not be reached; {error.detail}",
            id,
            "run it again later: what was read is kept",
        )
