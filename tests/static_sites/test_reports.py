"""What an import of a folder tells at its end, and as JSON."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.any_database

POST = "---\ntitle: A\n---\n![gone](/gone.png) [there](/no/where/)\n\n<script>x</script>\n"


def test_the_report_counts_pictures_links_guessed_dates_and_lost_content(folder, tmp_path):
    folder.write("2026/01/31/a.md", POST)
    report = tmp_path / "report.json"
    assert folder.run("--report", str(report)).status == 0
    content = json.loads(report.read_text())
    assert content["subjects"] == {"picture": 1, "link": 1, "date": 1, "content": 1}
    told = [entry for entry in content["messages"] if "subject" in entry]
    places = {entry["subject"]: (entry["file"][-len("2026/01/31/a.md") :], entry["line"]) for entry in told}
    assert places == {
        "picture": ("2026/01/31/a.md", 4),
        "link": ("2026/01/31/a.md", 4),
        "content": ("2026/01/31/a.md", 6),
        "date": ("2026/01/31/a.md", 1),
    }


def test_a_folder_without_a_post_is_told(folder):
    folder.write("notes.txt", "Text.")
    run = folder.run()
    assert run.out == "posts: 0 created, 0 updated, 0 unchanged, 0 failed\n"
    assert run.err == (
        "warning: There is no post here that can be read. Give the folder with the posts, or that of the whole site.\n"
    )
