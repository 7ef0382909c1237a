"""What reports say about what answered, and about the data: enough to know it again, and nothing that is secret."""

import json

import pytest

from mlops.common.paths import REPOSITORY
from mlops.configuration.config import Configuration
from mlops.configuration.endpoints import AoaiConfig
from mlops.endpoint.answers import NO_MODEL, answered_by
from mlops.evaluation.provenance import provenance
from mlops.evaluation.reports import write_reports
from mlops.evaluation.results import Evaluation

DATA = REPOSITORY / "data" / "basic_flow_eval_data.jsonl"
KEY = "0123456789abcdef-secret"


@pytest.mark.parametrize(
    ("flow", "endpoint", "said"),
    [
        (
            "class_basic_flow",
            "https://contoso.openai.azure.com",
            "gpt-5.6-luna (reasoning) at contoso.openai.azure.com (azure)",
        ),
        (
            "class_basic_flow",
            "https://contoso.services.ai.azure.com/openai/v1",
            "gpt-5.6-luna (reasoning) at contoso.services.ai.azure.com (azure_v1)",
        ),
        ("class_basic_flow", "http://127.0.0.1:11434/v1", "gpt-5.6-luna (reasoning) at 127.0.0.1 (openai)"),
        (
            "chat_with_pdf",
            "https://contoso.openai.azure.com/",
            "gpt-5.6-luna (reasoning), text-embedding-3-small (embedding) at contoso.openai.azure.com (azure)",
        ),
    ],
)
def test_deployments_families_kind_and_host_are_reported_and_no_key(flow, endpoint, said):
    aoai = AoaiConfig(connection="c", endpoint=endpoint, api_key=KEY, api_version="2025-04-01-preview")
    assert answered_by(aoai, Configuration("pr").flow(flow)) == said


def test_the_data_is_reported_by_its_place_in_the_repository_and_its_content(tmp_path):
    config = Configuration("pr").flow("class_basic_flow")
    about = provenance(config, DATA, "0123abcd")
    assert about["data"] == "data/basic_flow_eval_data.jsonl"
    assert about["data_sha256"] == "0123abcd"
    elsewhere = tmp_path / "home" / "somebody" / "mine.jsonl"
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_bytes(DATA.read_bytes())
    other = provenance(config, elsewhere, "0123abcd")
    assert other["data"] == "mine.jsonl" and "somebody" not in str(other)
    assert other["data_sha256"] == about["data_sha256"]


def evaluation(answers: str) -> Evaluation:
    return Evaluation(
        "class_basic_flow", "local", "run_1", (), (), (), "2026-11-30T12:00:00+00:00", 1.0, about={"answers": answers}
    )


@pytest.mark.parametrize(
    ("others", "standin"),
    [
        ([f"{NO_MODEL}: 2 answers played back"], True),
        (["gpt-5.6-luna (reasoning) at a.example (azure)"], False),
    ],
)
def test_every_title_says_so_where_no_model_answered(others, standin, tmp_path):
    outcomes = [evaluation(f"{NO_MODEL}: 48 answers played back"), *map(evaluation, others)]
    write_reports(outcomes, tmp_path, "Two implementations")
    title = "Two implementations" + (f" (answers: {NO_MODEL})" if standin else "")
    assert json.loads((tmp_path / "metrics.json").read_text())["report"] == title
    assert f"{title}</h1>" in (tmp_path / "report.html").read_text().replace("<wbr>", "")
    assert NO_MODEL in (tmp_path / "report.md").read_text()
    records = json.loads((tmp_path / "metrics.json").read_text())["evaluations"]
    assert [each["about"]["answers"] for each in records] == [each.about["answers"] for each in outcomes]
