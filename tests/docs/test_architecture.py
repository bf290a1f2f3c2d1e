"""docs/architecture.md names all folders, and the import contracts between them."""

import subprocess
import tomllib

from tests.engine import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def test_every_room_is_named_with_what_it_holds() -> None:
    listing = subprocess.run(["git", "ls-tree", "-d", "--name-only", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    rooms = listing.stdout.split()
    assert {"settings", "planning", "components"} <= set(rooms)
    rows = [line.split("|")[1:3] for line in PAGE.splitlines() if line.startswith("| `")]
    named = {
        room: what for cell, what in rows for room in cell.replace("`", "").replace("/", "").replace(",", "").split()
    }
    for room in rooms:
        assert named.get(room, "").strip(), f"{room}/ has no row"


def test_every_import_contract_is_named_and_the_layers_are_in_its_order() -> None:
    for contract in CONTRACTS:
        title = contract["name"].replace("__main__.py", "`__main__.py`")
        assert f"| {title} |" in PAGE, contract["name"]
    [layers] = [each["layers"] for each in CONTRACTS if each["name"] == "Rooms import downwards only"]
    row = next(line for line in PAGE.splitlines() if line.startswith("| Rooms import downwards only |"))
    places = [min(row.index(f"`{room}`") for room in layer.split(" | ")) for layer in layers]
    assert places == sorted(places)
