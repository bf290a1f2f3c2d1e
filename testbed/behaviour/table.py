"""The operations as two pieces of Markdown: what differs as a table, what does not as a list."""

from testbed.behaviour.trying import OPERATIONS

BEGIN, END = "<!-- table: behaviour -->\n", "<!-- end -->"


def table() -> str:
    """All operations: a row for each that differs anywhere, and a list of the rest."""
    differing = [each for each in OPERATIONS if not each.local == each.older == each.newer]
    same = [each for each in OPERATIONS if each not in differing]
    lines = [
        f"Of {len(OPERATIONS)} operations {sum(each.local == each.newer for each in OPERATIONS)} come out on a local "
        "stack as the documentation of Milvus 2.6 says. These differ somewhere:",
        "",
        "| operation | local | Milvus 2.3.5 | Milvus 2.6 |",
        "|---|---|---|---|",
        *(f"| {_cell(each.title)} | {each.local} | {each.older} | {each.newer} |" for each in differing),
        "",
        "These are the same on all three:",
        "",
    ]
    for room in dict.fromkeys(each.room for each in OPERATIONS):
        titles = [
            f"{each.title}{'' if each.local == 'taken' else f' ({each.local})'}" for each in same if each.room == room
        ]
        lines.append(f"- {room}: {', '.join(titles)}")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def rendered(page: str) -> str:
    """A page with the table between its marks."""
    before, after = page.split(BEGIN)
    return f"{before}{BEGIN}{table()}\n{after[after.index(END) :]}"
