"""What can't change in place stays as it was deployed, however much more a stack must hold."""

from tests.deployments import Sections, deployed

MSK = "aws:msk/cluster:Cluster"
RELEASE = "kubernetes:helm.sh/v3:Release"


def kept(*sections: Sections) -> tuple[str, ...]:
    return deployed(*sections).one(MSK).ignore_changes


def test_kafkas_derived_version_is_that_of_the_first_deployment_and_a_written_one_counts() -> None:
    assert kept() == ("kafkaVersion",)
    assert kept({"kafka": {"version": "3.8.x"}}) == ()


def test_etcds_volumes_stay_as_large_as_they_were_made() -> None:
    assert deployed().one(RELEASE, "milvus-release").ignore_changes == ("values.etcd.persistence.size",)
