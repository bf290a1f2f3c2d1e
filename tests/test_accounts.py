"""Accounts to which a stack may be deployed."""

import json

from tests.program import run


def test_the_program_hands_the_accounts_of_its_settings_to_the_provider() -> None:
    provider = run("dev", access={"accountIds": ["210987654321"]}).one("pulumi:providers:aws")
    assert json.loads(provider.inputs["allowedAccountIds"]) == ["210987654321"]
