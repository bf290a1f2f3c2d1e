"""Credentials of another account than the settings allow: refused before anything is made."""

import pytest

from rehearsal.cloud.cloud import Cloud, Refused
from rehearsal.cloud.resource import Resource
from rehearsal.providers.aws import CREDENTIALS, Aws

FOREIGN = Resource(CREDENTIALS, "999999999999", foreign=True)


def test_the_provider_refuses_credentials_of_an_account_that_is_not_allowed() -> None:
    cloud = Cloud()
    cloud.put(FOREIGN)
    allowed = {"region": "us-east-1", "allowedAccountIds": '["123456789012"]'}
    with pytest.raises(Refused, match="AWS account ID not allowed: 999999999999"):
        Aws(cloud).configuration(allowed)
    assert Aws(cloud).configuration({"region": "us-east-1"}).account == "999999999999"
    assert Aws(Cloud()).configuration(allowed).account == "123456789012"
