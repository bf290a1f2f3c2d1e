"""How the policy pack is found and started."""

import yaml

from tests.engine import ROOT


def test_the_pack_runs_on_the_projects_own_environment_whatever_is_activated() -> None:
    runtime = yaml.safe_load((ROOT / "policies/PulumiPolicy.yaml").read_text(encoding="utf-8"))["runtime"]
    of_program = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["runtime"]["options"]["virtualenv"]
    assert runtime["name"] == "python"
    assert (ROOT / "policies" / runtime["options"]["virtualenv"]).resolve() == (ROOT / of_program).resolve()
