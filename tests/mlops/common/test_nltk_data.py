import json
import os
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nltk.data
import pytest

from mlops.common.nltk_data import prepare_nltk_data
from mlops.common.paths import REPOSITORY

SCRIPT = """
import json, sys
from pathlib import Path
from mlops.common.nltk_data import prepare_nltk_data
prepare_nltk_data(Path(sys.argv[1]))
from promptflow.evals import evaluators as e
pair = {"answer": "the cat sat on the mat.", "ground_truth": "the cat sat on a mat."}
print(json.dumps({
    "bleu": e.BleuScoreEvaluator()(**pair)["bleu_score"],
    "gleu": e.GleuScoreEvaluator()(**pair)["gleu_score"],
    "gleu_greek": e.GleuScoreEvaluator()(answer="γεια σου, 5€", ground_truth="γεια σου 5€")["gleu_score"],
    "rouge": e.RougeScoreEvaluator(rouge_type=e.RougeType.ROUGE_1)(**pair)["rouge_f1_score"],
    "f1": e.F1ScoreEvaluator()(**pair)["f1_score"],
}))
"""


@pytest.fixture(autouse=True)
def search_path(monkeypatch):
    monkeypatch.setattr(nltk.data, "path", list(nltk.data.path))


def test_evaluators_work_without_a_network_and_leave_the_home_directory_alone(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    closed = "http://127.0.0.1:9"
    environment = {**os.environ, "HOME": str(home), "PF_HOME_DIRECTORY": str(tmp_path / "pf"), "http_proxy": closed,
                   "https_proxy": closed, "PYTHONPATH": str(REPOSITORY)}
    environment.pop("NLTK_DATA", None)
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path / "data")], env=environment, cwd=tmp_path,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert list(home.iterdir()) == []
    # Seven tokens each, the full stop is one of them. The n-grams in common: 6 of 7, 4 of 6, 2 of 5 and 1 of 4.
    # In Greek 4 of 5, 2 of 4, 0 of 3 and 0 of 2: the comma and the sign are tokens.
    bleu = (6 / 7 * 4 / 6 * 2 / 5 * 1 / 4) ** (1 / 4)
    assert json.loads(done.stdout) == pytest.approx({
        "bleu": bleu, "gleu": 13 / 22, "gleu_greek": 6 / 14, "rouge": 5 / 6, "f1": 1.0}, abs=1e-9)


def test_the_lists_hold_each_character_of_the_category(tmp_path):
    prepare_nltk_data(tmp_path / "data")
    lists = tmp_path / "data" / "misc" / "perluniprops"
    numbers = (lists / "Number.txt").read_text(encoding="utf-8")
    assert {"0", "²", "Ⅷ", "٣"} <= set(numbers)
    assert all(unicodedata.category(character).startswith("N") for character in numbers)
    assert (lists / "Open_Punctuation.txt").read_text(encoding="utf-8")[:5] == "([{\u0f3a\u0f3c"
    assert (lists / "Currency_Symbol.txt").read_text(encoding="utf-8")[:5] == "$\xa2\xa3\xa4\xa5"


def test_the_folder_comes_first_and_only_once(tmp_path):
    folder = tmp_path / "data"
    prepare_nltk_data(folder)
    prepare_nltk_data(folder)
    assert nltk.data.path[0] == str(folder)
    assert nltk.data.path.count(str(folder)) == 1


def test_many_may_prepare_it_at_once_and_it_is_written_only_once(tmp_path):
    folder = tmp_path / "cache" / "data"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(prepare_nltk_data, [folder] * 4))
    written = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    prepare_nltk_data(folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == written
    assert list(folder.parent.iterdir()) == [folder]


def test_a_place_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        prepare_nltk_data(Path(tmp_path / "file" / "data"))
