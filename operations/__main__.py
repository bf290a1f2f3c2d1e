"""`python -m operations`: one command for what a person does with a deployed stack. make sets it up and calls it."""

import argparse
import sys

from operations.stack import StackError, read_contract


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m operations", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    about = {"smoke": "prove layer by layer that Milvus answers", "outputs": "print the contract as JSON"}
    for name, text in about.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--stack", default="local")
        if name == "smoke":
            command.add_argument("--json", action="store_true", help="one JSON object on stdout, the rest on stderr")
    options = parser.parse_args()
    try:
        contract = read_contract(options.stack)
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.command == "outputs":
        print(contract.model_dump_json(indent=2))
        return 0
    from operations.smoke import smoke  # imports what the other commands don't need

    return smoke(options.stack, contract, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
