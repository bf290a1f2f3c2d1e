from pathlib import Path

import pytest

from examples.rag_openai.documents import DocumentError, Section, load


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


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="nowhere does not exist"):
        load(tmp_path / "nowhere", 10)
