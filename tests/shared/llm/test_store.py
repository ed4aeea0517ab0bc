"""The answer store: shared, sealed, rebuilt when damaged, and never emptied in silence."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stages.shared.errors import StoreError
from stages.shared.llm import books
from stages.shared.llm.store import default_path, open_store
from stages.shared.records import Answer
from tests.house import ROOT
from tests.shared.llm.test_books import answer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "answers.sqlite"


def fill(path: Path, count: int) -> list[Answer]:
    """A store with so many answers, of some kilobytes each so that they fill many pages."""
    made = [answer(f"{number:064x}", reply=f"reply {number} " * 200) for number in range(count)]
    with open_store(path) as store:
        assert store.refill(made) == count
    return made


def readable(path: Path) -> set[str]:
    with open_store(path) as store:
        return {key for key, entry in store.entries() if entry}


def test_the_store_is_where_the_variable_says_else_in_the_users_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path / "here.sqlite"))
    assert default_path() == tmp_path / "here.sqlite"
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(tmp_path))
    with pytest.raises(StoreError, match="expected a file, got a folder"):
        default_path()
    monkeypatch.delenv("SAUROPOD_ANSWERS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_path() == tmp_path / "data" / "sauropod" / "answers.sqlite"


def test_answers_are_found_again_by_whoever_opens_the_store_next(path: Path) -> None:
    made = fill(path, 3)
    with open_store(path) as store:
        entry = store.find(made[1].key)
        assert entry is not None
        assert (entry.answer, entry.cost, entry.budget) == (made[1], None, None)
        assert store.find("f" * 64) is None
        assert store.refill(made) == 0


def test_nobody_else_can_read_a_new_store_folder(path: Path) -> None:
    fill(path, 1)
    assert path.parent.stat().st_mode & 0o077 == 0


def test_an_answer_whose_row_was_touched_counts_as_missing_and_is_reported(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = fill(path, 2)
    db = sqlite3.connect(path)
    db.execute("UPDATE answers SET reply = 'another' WHERE key = ?", (made[0].key,))
    db.commit()
    db.close()
    with open_store(path) as store:
        assert store.find(made[0].key) is None
        assert store.find(made[1].key) is not None
        assert store.refill(made) == 1
        assert store.find(made[0].key) is not None
    assert f"the answer {made[0].key[:16]} in {path} is damaged" in capsys.readouterr().err


def test_processes_that_open_and_close_at_the_same_moment_don_t_get_in_each_other_s_way(tmp_path: Path) -> None:
    faults: list[Exception] = []

    def claim(path: Path) -> None:
        try:
            with open_store(path) as store:
                store.writer.do(lambda db: books.claim(db, "k", store.owner.id, "b", 1, None))
        except StoreError as error:
            faults.append(error)

    for run in range(60):
        threads = [threading.Thread(target=claim, args=(tmp_path / f"{run}.sqlite",)) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert faults == []


def find_all(path: Path, made: list[Answer]) -> None:
    with open_store(path) as store:
        for one in made:
            store.find(one.key)
        list(store.entries())


def smash(path: Path, start: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * length)


def test_a_store_with_smashed_pages_is_rebuilt_from_the_others_and_set_aside(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = fill(path, 300)
    size = path.stat().st_size
    smash(path, path.read_bytes().find(b"reply 150 ") // 4096 * 4096, 4096)
    with pytest.raises(StoreError, match="run it again"):
        find_all(path, made)
    kept = readable(path)
    said = capsys.readouterr().err
    assert 290 < len(kept) < 300
    assert f"{len(kept)} answers were read out of it and kept" in said
    assert f", {300 - len(kept)} could not be read" in said
    aside = path.with_name("answers.sqlite.damaged-1")
    assert aside.stat().st_size == size
    assert readable(path) == kept
    assert capsys.readouterr().err == ""


def test_a_store_whose_beginning_is_gone_is_set_aside_and_reported(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(path, 20)
    smash(path, 0, 200)
    assert readable(path) == set()
    assert "0 answers were read out of it and kept, an unknown number could not be read" in capsys.readouterr().err
    assert path.with_name("answers.sqlite.damaged-1").exists()


def test_a_store_cut_short_keeps_what_is_before_the_cut(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(path, 300)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 4096 // 2 * 4096)
    assert len(readable(path)) > 50
    assert "was damaged" in capsys.readouterr().err


def test_what_was_paid_is_carried_over_when_a_store_is_rebuilt(path: Path) -> None:
    fill(path, 300)
    with open_store(path) as store:
        store.writer.do(lambda db: books.claim(db, "k", store.owner.id, "b", 9, 100))
        store.writer.do(lambda db: books.settle(db, answer(), 7, "b", 1))
    smash(path, path.stat().st_size // 2 // 4096 * 4096, 4096)
    path.with_name("answers.sqlite.damaged").touch()
    with open_store(path) as store:
        assert store.paid("b") == (7, 0, 0)


def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(path: Path) -> None:
    fill(path, 1)
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {books.VERSION + 1}")
    db.commit()
    db.close()
    with pytest.raises(StoreError, match="use a newer Sauropod"), open_store(path):
        pass
    assert not path.with_name("answers.sqlite.damaged-1").exists()


def test_a_folder_that_can_not_be_written_is_one_clear_sentence(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    path.mkdir()
    with pytest.raises(StoreError, match=r"answers\.sqlite"), open_store(path):
        pass


CLAIM_AND_DIE = """
import os, pathlib, sys
from stages.shared.llm import books
from stages.shared.llm.store import open_store
with open_store(pathlib.Path(sys.argv[1])) as store:
    store.writer.do(lambda db: books.claim(db, "k", store.owner.id, "b", 5, None))
    os._exit(7)
"""


def test_what_a_killed_process_was_asking_counts_as_paid_and_can_be_asked_again(path: Path) -> None:
    fill(path, 1)
    assert subprocess.run([sys.executable, "-c", CLAIM_AND_DIE, str(path)], cwd=ROOT, check=False).returncode == 7
    with open_store(path) as store:
        assert store.paid("b") == (5, 5, 0)
        assert store.writer.do(lambda db: books.claim(db, "k", store.owner.id, "b", 5, None)) == "mine"
        assert len(list(store.owners.iterdir())) == 1


def test_a_full_disk_is_a_clear_error_and_leaves_the_store_intact(small_disk: Path, tmp_path: Path) -> None:
    path = small_disk / "answers.sqlite"
    made = [answer(f"{number:064x}", reply="word " * 1000) for number in range(400)]
    done: list[Answer] = []
    with pytest.raises(StoreError, match="free disk space and run it again"):
        refill_one_by_one(path, made, done)
    stored = len(done)
    assert 20 < stored < 400
    assert len(readable_copy(path, tmp_path)) == stored
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    with open_store(path) as store:
        assert store.refill(made) == 400 - stored
    assert len(readable(path)) == 400


def refill_one_by_one(path: Path, made: list[Answer], done: list[Answer]) -> None:
    with open_store(path) as store:
        for one in made:
            store.refill([one])
            done.append(one)


def readable_copy(path: Path, folder: Path) -> set[str]:
    """What can be read of a store on a full disk, in a copy where there is room."""
    for file in path.parent.iterdir():
        if file.is_file():
            shutil.copy2(file, folder / file.name)
    return readable(folder / path.name)


def test_a_store_that_can_not_be_opened_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with (
        pytest.raises(StoreError, match="name another place in SAUROPOD_ANSWERS"),
        open_store(tmp_path / "file/a.sqlite"),
    ):
        pass


def test_a_file_of_answers_is_not_taken_for_a_damaged_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path := tmp_path / "answers.jsonl").write_text("{}\n", "utf-8")
    monkeypatch.setenv("SAUROPOD_ANSWERS", str(path))
    with pytest.raises(StoreError, match="answers --refill"), open_store():
        pass
    assert path.read_text("utf-8") == "{}\n"
