"""If Milvus itself refuses something, `pulumi up` fails with Milvus' message, without a rule that foresees it."""

from tests.testbed.conftest import inside


def test_a_release_that_gives_only_one_half_of_the_credentials_fails_with_milvus_own_words(available: None) -> None:
    report = inside("tests.testbed.broken_inside")
    (violation, *others) = report["violations"]
    assert (
        "milvus-release: Milvus ended with -6: panic: enable security mode need config username and password"
        in violation
    )
    assert others == ["update failed"]
    assert report["data_plane"] == {"processes_left": 0, "faults": []}
    assert report["left"] == ["aws:cloudwatch/logGroup:LogGroup=/aws/eks/milvus-on-aws-dev/cluster"]
