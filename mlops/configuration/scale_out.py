"""How batches run on many nodes, in section `cloud` of a flow's configuration."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from mlops.configuration.base_section import Section

SERVERLESS = "serverless"
USER_IDENTITY, MANAGED_IDENTITY = "user_identity", "managed_identity"


class ScaleOutConfig(Section):
    """How a flow's batch runs on many nodes (`--scale_out`); docs/scale_out.md has the arithmetic.

    Attributes:
        compute: serverless, or the name of a compute cluster.
        instance_type: the size of a serverless machine.
        instance_count: how many nodes.
        max_concurrency_per_instance: processes of a node, each of which has `concurrency` lines under way at a time.
        identity: as whom the nodes work. user_identity: as the person who submits the batch. A client id: as that
            user-assigned managed identity of the project. managed_identity: as a cluster's own; serverless compute has
            none.
        lines_per_shard: how many lines of the data make a shard, the smallest piece that goes to a node.
        mini_batch_size: how many shards a process is given at a time.
        retries: how often a mini-batch with a failed line is tried again; only the failed lines are asked again.
        timeout: seconds that a mini-batch may take.
        line_timeout: seconds that a line may take.
        error_threshold: how many lines may fail before the run counts as failed; -1 for any number.
        mini_batch_error_threshold: how many mini-batches may end with failed lines before the run is given up part-way;
            -1 for never. By default 100, or `error_threshold` where that is more.
    """

    compute: str = Field(default="serverless", min_length=1)
    instance_type: str = "Standard_E4ds_v4"
    instance_count: int = Field(default=4, ge=1, le=1000)
    max_concurrency_per_instance: int = Field(default=2, ge=1, le=64)
    identity: str = USER_IDENTITY
    lines_per_shard: int = Field(default=500, ge=1, le=1_000_000)
    mini_batch_size: int = Field(default=1, ge=1, le=10_000)
    retries: int = Field(default=2, ge=0, le=20)
    timeout: int = Field(default=7200, ge=1, le=259_200)
    line_timeout: float = Field(default=600, gt=0)
    error_threshold: int = Field(default=0, ge=-1)
    mini_batch_error_threshold: int | None = Field(default=None, ge=-1)

    @field_validator("identity")
    @classmethod
    def _default_of_azure(cls, identity: str) -> str:
        return identity or MANAGED_IDENTITY

    @model_validator(mode="after")
    def _check_thresholds(self) -> ScaleOutConfig:
        stops = self.mini_batch_error_threshold
        if stops not in (None, -1) and (self.error_threshold == -1 or stops < self.error_threshold):
            raise ValueError(
                "mini_batch_error_threshold must be -1 or at least error_threshold: one failed line fails a mini-batch"
            )
        if self.line_timeout > self.timeout:
            raise ValueError("line_timeout must not exceed timeout, in which whole mini-batches have to be done")
        return self

    @property
    def client_id(self) -> str | None:
        """The client id of the managed identity of the nodes; None where they have another."""
        return None if self.identity in (USER_IDENTITY, MANAGED_IDENTITY) else self.identity

    @property
    def stops_after(self) -> int:
        """How many mini-batches may fail before the run is given up, as Azure ML counts them; -1 for any number."""
        if self.mini_batch_error_threshold is not None:
            return self.mini_batch_error_threshold
        return -1 if self.error_threshold == -1 else max(self.error_threshold, 100)
