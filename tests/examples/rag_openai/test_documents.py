import os
import re
from pathlib import Path

import pytest

from examples.rag_openai.documents import DocumentError, Section, load, named


def sections(folder: Path, name: str, content: str | bytes) -> list[Section]:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return load(file, 10).documents[0].sections


def test_markdown_is_cut_at_headings_and_each_knows_the_path_to_it(tmp_path: Path) -> None:
    text = "intro\n\n# A\n\none\n\n## B\n\ntwo\n\n### C\nthree\n\n## D *now*\nfour\n\nE\n=\nfive\n"
    assert sections(tmp_path, "x.md", text) == [
        Section("", "intro"),
        Section("A", "one"),
        Section("A > B", "two"),
        Section("A > B > C", "three"),
        Section("A > D *now*", "four"),
        Section("E", "five"),
    ]


def test_a_comment_in_a_block_of_code_is_no_heading(tmp_path: Path) -> None:
    text = "# A\n\n```sh\n# not a heading\nmake up\n```\n"
    assert sections(tmp_path, "x.md", text) == [Section("A", "```sh\n# not a heading\nmake up\n```")]


def test_a_paragraph_above_a_line_of_dashes_stays_text(tmp_path: Path) -> None:
    paragraph = "A sentence of the text. " * 10
    text = f"# A\n\n{paragraph}\n---\n\nrest\n"
    assert sections(tmp_path, "x.md", text) == [Section("A", f"{paragraph.strip()}\n\nrest")]


def test_front_matter_as_in_milvus_documentation_is_left_out(tmp_path: Path) -> None:
    text = "---\nid: faq.md\ntitle: FAQ\n---\n\n# FAQ\n\nWhere?\n\n---\n\nHere.\n"
    assert sections(tmp_path, "x.md", text) == [Section("FAQ", "Where?\n\n---\n\nHere.")]


def test_html_is_what_a_browser_shows_of_it(tmp_path: Path) -> None:
    text = (
        "<!doctype html><title>t</title><style>p{}</style><h1>A &amp; <b>B</b></h1><p>one\n two</p>"
        "<script>alert(1)</script><ul><li>x</li><li>y</li></ul><h2>C</h2>3 &lt; 4<br>end"
    )
    assert sections(tmp_path, "x.html", text) == [
        Section("A & B", "one two\nx\ny"),
        Section("A & B > C", "3 < 4\nend"),
    ]


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\f", "\v", "\x1c", "\x1d", "\x1e", "\x85", "\r", "\r\n"])
def test_whatever_else_may_end_a_line_takes_no_text_away(tmp_path: Path, end: str) -> None:
    found = sections(tmp_path, "x.md", f"intro{end}x\n# H1\ntext one\n# H2\ntext two")
    line = "\n" if end in ("\r", "\r\n") else end
    assert found == [Section("", f"intro{line}x"), Section("H1", "text one"), Section("H2", "text two")]


@pytest.mark.parametrize(
    "text",
    [
        "---\nA page that begins with a rule.\n\n---\nrest",
        "---\n- a list\n---\nrest",
        "---\nkey: [unclosed\n---\nrest",
        "---\n" + "[" * 5000 + "\n---\nrest",
        "----\na: b\n---\nrest",
        "---\na: b\nrest without an end",
    ],
)
def test_text_between_two_rules_is_no_front_matter(tmp_path: Path, text: str) -> None:
    kept = "".join(section.heading + section.text for section in sections(tmp_path, "x.md", text))
    assert re.sub(r"[\n-]", "", kept) == re.sub(r"[\n-]", "", text), "dashes may be rules or underline a heading"


@pytest.mark.parametrize("matter", ["a: b", "date: 2024-13-45", "tags: [x]\nn: {m: 1}", "# only\nwords: '---'"])
def test_yaml_between_two_rules_is_front_matter(tmp_path: Path, matter: str) -> None:
    assert sections(tmp_path, "x.md", f"---\r\n{matter}\r\n---\r\nrest") == [Section("", "rest")]


def test_a_heading_with_nothing_below_it_is_text(tmp_path: Path) -> None:
    text = "# Title\n\n## Open questions\n\n## Done\n\nAll.\n\n# The end\n"
    assert sections(tmp_path, "x.md", text) == [
        Section("Title", "Open questions"),
        Section("Title > Done", "All."),
        Section("", "The end"),
    ]


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("a<![ns::x]>b", "ab"),
        ("a<![CDATA[x]]>b", "ab"),
        ("a<!>b<!x>c<?y?>d", "abcd"),
        ("a<!DOCTYPE [<!x>b", "ab"),
        ("<template><title>x</template>seen", "seen"),
        ("<p>a</p>b<div>c</div>d", "a\nb\nc\nd"),
        ("a<!-->b<!--->c<!-- x --!>d<!-- > -->e", "abcde"),
        ("a</nothing>b<", "a\nb<"),
        ("<script/>x</script>seen", "seen"),
    ],
)
def test_markup_that_no_standard_knows_is_shown_as_by_a_browser(tmp_path: Path, markup: str, shown: str) -> None:
    assert sections(tmp_path, "x.html", f"{markup}<p>end") == [Section("", f"{shown}\nend")]


def test_a_folder_is_read_whole_in_order_without_hidden_files_and_other_kinds(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    for name in ("b.txt", "sub/a.MD", ".git/c.md", ".hidden.md", "photo.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("text")
    loaded = load(folder, 10)
    assert [document.source for document in loaded.documents] == ["docs/b.txt", "docs/sub/a.MD"]
    assert (loaded.root, loaded.skipped) == ("docs/", ["photo.png"])


def test_windows_text_is_read(tmp_path: Path) -> None:
    assert sections(tmp_path, "x.txt", b"\xef\xbb\xbfone\r\ntwo") == [Section("", "one\ntwo")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.md", b"\xff\xd8\xff\xe0 photograph", r"x\.md: no UTF-8 text \(byte 0\): convert it"),
        ("x.txt", b"a\0b", r"x\.txt: a binary file: move it out of the folder"),
        ("x.md", b"x" * (1024 * 1024 + 1), r"x\.md: 1 MiB, the limit is 1: split it, or raise RAG_MAX_FILE_MIB"),
        ("x.png", b"x", r"holds no document: the kinds read are \.htm, \.html, \.markdown, \.md, \.txt"),
    ],
)
def test_a_bad_file_is_an_error_that_names_it(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DocumentError, match=said):
        load(tmp_path, 1)


def test_all_bad_files_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xff")
    (tmp_path / "b.txt").write_bytes(b"\0")
    (tmp_path / "c.md").symlink_to(tmp_path / "gone.md")
    with pytest.raises(DocumentError) as caught:
        load(tmp_path, 10)
    assert [Path(line.split(": ")[0]).name for line in str(caught.value).splitlines()] == ["a.md", "b.txt", "c.md"]


def test_a_document_that_cannot_be_read_stops_no_other_and_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    (folder / "locked").mkdir(parents=True)
    (folder / "good.md").write_text("text")
    (folder / "latin.md").write_bytes(b"caf\xe9")
    (folder / "empty.md").write_text(" \n")
    (folder / "large.txt").write_bytes(b"x" * (2 << 20))
    os.mkfifo(folder / "pipe.md")
    (folder / "loop.md").symlink_to("loop.md")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.md")).write_bytes(b"text")
    loaded = load(folder, 1)
    assert [document.source for document in loaded.documents] == ["docs/good.md"]
    reasons = dict(line.split(": ", 1) for line in named(loaded.left_out))
    assert reasons.pop("docs/loop.md")  # in words that differ by Python
    assert reasons == {
        "docs/caf\\xe9.md": "its name is no UTF-8: rename it",
        "docs/empty.md": "has no text",
        "docs/large.txt": "2 MiB, the limit is 1: split it, or raise RAG_MAX_FILE_MIB",
        "docs/latin.md": "no UTF-8 text (byte 3): convert it, or move it out of the folder",
        "docs/pipe.md": "no file, but a pipe, socket or device",
    }


def test_links_lead_nowhere_outside_of_the_folder(tmp_path: Path) -> None:
    folder, other = tmp_path / "docs", tmp_path / "docs2"
    (folder / "sub").mkdir(parents=True)
    other.mkdir()
    (other / "secret.md").write_text("secret")
    (folder / "a.md").write_text("text")
    (folder / "inside.md").symlink_to("a.md")
    (folder / "out.md").symlink_to(other / "secret.md")
    (folder / "sub" / "up.md").symlink_to("../../docs2/secret.md")
    (folder / "linked").symlink_to(other)
    loaded = load(folder, 1)
    assert [document.source for document in loaded.documents] == ["docs/a.md", "docs/inside.md"]
    assert sorted(loaded.left_out) == ["docs/linked", "docs/out.md", "docs/sub/up.md"]
    assert loaded.unread == set()


def test_a_folder_without_text_says_so_and_names_the_pages(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: x\n---\n")
    (tmp_path / "b.html").write_text("<title>x</title><script>1</script>")
    with pytest.raises(DocumentError, match=r"/a\.md: has no text\n.*/b\.html: has no text"):
        load(tmp_path, 10)


@pytest.mark.parametrize("path", ["nowhere", "x" * 300, "a\0b", "\udce9"])
def test_a_path_that_is_none_is_one_line(tmp_path: Path, path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        load(tmp_path / path, 10)
    assert len(str(caught.value).encode().splitlines()) == 1


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="nowhere does not exist"):
        load(tmp_path / "nowhere", 10)
