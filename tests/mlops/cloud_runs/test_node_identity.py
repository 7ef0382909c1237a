"""As whom nodes work: what Azure could not give them is refused."""

import pytest

from mlops.cloud_runs.node_identity import check_identity_of_serverless
from mlops.common.errors import UserError
from mlops.configuration.scale_out import ScaleOutConfig

CLIENT_ID = "66666666-6666-6666-6666-666666666666"


@pytest.mark.parametrize("identity", ["", "managed_identity"])
def test_serverless_compute_has_no_identity_of_its_own_and_a_cluster_may(identity):
    with pytest.raises(UserError, match="serverless compute has no identity of its own.*az identity create"):
        check_identity_of_serverless(ScaleOutConfig(identity=identity))

    check_identity_of_serverless(ScaleOutConfig(identity=identity, compute="mine"))


@pytest.mark.parametrize("settings", [{}, {"identity": "user_identity"}, {"identity": CLIENT_ID}])
def test_the_submitter_and_a_user_assigned_identity_work_on_serverless_compute(settings):
    check_identity_of_serverless(ScaleOutConfig(**settings))
