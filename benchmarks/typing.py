"""Measure in Chromium what a key costs in the editor, in a text of 20,000 words.

    python -m benchmarks.typing http://localhost:8000 editor PASSWORD

It needs a running blog (`make run`) and Chromium, and stores nothing but an automatic draft. A key is the time of the
change itself, of all scripts that it starts and of the layout that follows; 16 ms is one frame of a screen.
"""

from __future__ import annotations

import os
import random
import shutil
import sys

from playwright.sync_api import sync_playwright

WORDS = "tide moon water [link](https://example.org/) **bold** harbour `code` north lamp".split()
KEYS = 300
FILL = """text => {
  const area = document.getElementById("id_body");
  area.focus();
  area.value = text;
  area.dispatchEvent(new Event("input", {bubbles: true}));
}"""
TYPE = """async ([share, keys]) => {
  const area = document.getElementById("id_body");
  const at = area.value.indexOf(" ", area.value.length * share);
  area.setSelectionRange(at, at);
  const times = [];
  for (let key = 0; key < keys; key += 1) {
    await new Promise(requestAnimationFrame);
    const start = performance.now();
    document.execCommand("insertText", false, "abc "[key % 4]);
    await null;
    document.body.offsetHeight;
    times.push(performance.now() - start);
  }
  return times.sort((one, other) => one - other);
}"""


def text(words: int) -> str:
    """Return Markdown of so many words, in paragraphs of eighty."""
    chosen = random.Random(1).choices(WORDS, k=words)
    return "\n\n".join(" ".join(chosen[start : start + 80]) for start in range(0, words, 80))


def main(url: str, user: str, password: str) -> None:
    """Print the median and the slowest keys at the beginning, in the middle and near the end of the text."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{url}/admin/login/?next=/admin/posts/post/add/")
        page.fill("#id_username", user)
        page.fill("#id_password", password)
        page.click("[type=submit]")
        page.wait_for_selector(".editor.is-ready")
        page.evaluate(FILL, text(20_000))
        print("| place | median ms | 99th of 100 ms |\n| --- | ---: | ---: |")
        for name, share in (("beginning", 0.01), ("middle", 0.5), ("end", 0.99)):
            times = page.evaluate(TYPE, [share, KEYS])
            print(f"| {name} | {times[KEYS // 2]:.1f} | {times[KEYS * 99 // 100]:.1f} |")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
