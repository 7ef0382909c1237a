"""What azure-ai-ml accepts of a pipeline silently is refused here, and what it refuses it still does."""

import copy
import io

import pytest
import yaml

from mlops.cloud_runs.pipeline_checks import check_pipeline
from mlops.cloud_runs.scale_out_code import script_folder
from mlops.cloud_runs.scale_out_pipeline import Batch, pipeline
from mlops.common.errors import UserError
from mlops.configuration.scale_out import ScaleOutConfig

LET_THROUGH = {
    "a misspelt setting": ("settings.default_computee", "azureml:serverless"),
    "an unknown key of a step": ("jobs.answer.mini_batchsize", "5"),
    "an unknown key of a component": ("jobs.answer.component.mini_batch_sise", "3"),
    "an unknown key of a task": ("jobs.answer.component.task.entry_scrpt", "answer.py"),
    "an unknown key of retries": ("jobs.answer.retry_settings.max_retry", 4),
    "an input that the component lacks": ("jobs.answer.inputs.shard", "x"),
    "an output that the component lacks": ("jobs.answer.outputs.answer", "${{parent.outputs.answers}}"),
    "a step that is not there": ("jobs.answer.inputs.shards", "${{parent.jobs.sharrd.outputs.shards}}"),
    "an output of a step that is not there": ("jobs.answer.inputs.shards", "${{parent.jobs.shard.outputs.shard}}"),
    "an input of the pipeline that is not there": ("jobs.shard.inputs.data", "${{parent.inputs.dat}}"),
    "a malformed binding": ("jobs.shard.inputs.data", "${{parents.inputs.data}}"),
    "an output of the pipeline that is not there": ("jobs.answer.outputs.answers", "${{parent.outputs.answer}}"),
    "an output of the pipeline that nobody writes": ("jobs.answer.outputs", {}),
    "steps that wait for each other": ("jobs.shard.inputs.data", "${{parent.jobs.collect.outputs.summary}}"),
    "text for a number": ("jobs.shard.inputs.lines", "many"),
    "no nodes": ("jobs.answer.resources.instance_count", 0),
    "fewer than no nodes": ("jobs.answer.resources.instance_count", -4),
    "no processes": ("jobs.answer.max_concurrency_per_instance", 0),
    "empty mini-batches": ("jobs.answer.mini_batch_size", "0"),
    "a threshold below -1": ("jobs.answer.mini_batch_error_threshold", -7),
    "fewer than no retries": ("jobs.answer.retry_settings.max_retries", -4),
    "a timeout beyond three days": ("jobs.answer.retry_settings.timeout", 9_999_999),
    "an entry script that does not exist": ("jobs.answer.component.task.entry_script", "anser.py"),
    "input data that is no input": ("jobs.answer.component.input_data", "${{inputs.shard}}"),
    "arguments that lead nowhere": ("jobs.answer.component.task.program_arguments", "--answers ${{outputs.answer}}"),
    "a command that leads nowhere": ("jobs.shard.component.command", "python shard.py ${{inputs.dta}}"),
}


@pytest.fixture
def job(tmp_path):
    """A pipeline as the runners make it."""
    answer = tmp_path / "answer"
    answer.mkdir()
    (answer / "answer.py").write_text("")
    code = {"shard": script_folder("shard"), "answer": answer, "collect": script_folder("collect")}
    batch = Batch("flow", "run", "experiment", "azureml:lines:1", "uri_file", ("text",), "run", {"flow": "flow"})
    return pipeline(batch, ScaleOutConfig(), code, {"dependencies": ["python=3.11"]})


def changed(job, path, value):
    job = copy.deepcopy(job)
    *folders, last = path.split(".")
    part = job
    for name in folders:
        part = part[name]
    part[last] = value
    return job


def test_a_pipeline_as_the_runners_make_it_is_right(job):
    check_pipeline(job)


@pytest.mark.parametrize("fault", LET_THROUGH)
def test_refuses_what_the_sdk_lets_through_and_says_where(job, fault):
    path, value = LET_THROUGH[fault]

    with pytest.raises(UserError) as refused:
        check_pipeline(changed(job, path, value))

    assert ".".join(path.split(".")[:2]) in str(refused.value) or path == "jobs.answer.outputs", refused.value
    assert "nothing was sent" in str(refused.value) and "ParallelNode" not in str(refused.value)


@pytest.mark.parametrize("fault", LET_THROUGH)
def test_the_sdk_lets_it_through_so_that_this_check_is_needed(job, fault):
    from azure.ai.ml import load_job

    loaded = load_job(io.StringIO(yaml.safe_dump(changed(job, *LET_THROUGH[fault]))))

    assert loaded._validate(raise_error=False).passed
    loaded._to_rest_object()


def test_a_missing_input_and_a_wrong_type_are_reported_together(job):
    broken = changed(changed(job, "jobs.answer.inputs", {}), "jobs.collect.inputs.error_threshold", "none")

    with pytest.raises(UserError, match="shards is missing.*'none' is no integer"):
        check_pipeline(broken)


def test_a_version_changes_with_the_code_and_only_with_it(job, tmp_path):
    batch = Batch("flow", "other", "experiment", "azureml:lines:2", "uri_file", ("text",), "other", {})
    code = {"shard": script_folder("shard"), "answer": tmp_path / "answer", "collect": script_folder("collect")}
    conda = {"dependencies": ["python=3.11"]}
    same = pipeline(batch, ScaleOutConfig(instance_count=9, retries=0), code, conda)
    (tmp_path / "answer" / "answer.py").write_text("changed")
    other = pipeline(batch, ScaleOutConfig(), code, conda)

    versions = [{name: node["component"]["version"] for name, node in j["jobs"].items()} for j in (job, same, other)]
    assert versions[0] == versions[1]
    assert {name for name in versions[0] if versions[0][name] != versions[2][name]} == {"answer"}
