"""Following a job: what the SDK cannot parse among its steps is passed over."""

from types import SimpleNamespace

from mlops.cloud_runs import scale_out


class Jobs:
    """A job with two steps, the first of which azure-ai-ml gives as None, as `_translate_from_rest_object` may."""

    def get(self, name):
        """Return the job, which has ended."""
        return SimpleNamespace(name=name, status="Completed")

    def list(self, parent_job_name):
        """Return its steps."""
        return iter([None, SimpleNamespace(display_name=None, name=f"{parent_job_name}_answer", status="Completed")])


def test_a_step_that_the_sdk_cannot_parse_is_passed_over(capsys):
    job, steps = scale_out.follow(SimpleNamespace(jobs=Jobs()), "run")

    assert job.status == "Completed" and steps == {"run_answer": "Completed"}
    assert capsys.readouterr().err == "Completed  run_answer\n"
