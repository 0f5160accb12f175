"""A lab becomes an ordinary page: its cells stay, the notebook's own look and random ids go."""

from __future__ import annotations

import base64
import os
import time
from pathlib import Path
from typing import Any

import pytest
from ipykernel import kernelapp

from scripts import notebooks
from scripts.notebooks import Lab, LabError, offer, to_page

CODE = '<div class="highlight-ipynb"><pre><span></span><span class="c1"># {comment}</span>\nx = 1\n</pre></div>'
SVG = '<?xml version="1.0"?><svg width="72pt" viewBox="0 0 72 36"><path d="M 0.123456 1"/></svg>'
DATA = f"data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}"
IMAGE = f'<div class="jp-OutputArea-output"><img class="" src="{DATA}" alt="No description"/></div>'


def cell(body: str, kind: str = "Code") -> str:
    inner = f'<div class="jp-Cell jp-Notebook-cell" id="cell-id=9f5403ce">{body}</div>'
    return f'<div class="jp-Cell jp-Notebook-cell">{inner}</div>' if kind == "Code" else inner


def words(body: str) -> str:
    return cell(f'<div class="jp-RenderedMarkdown">{body}</div>', "Markdown")


def page(*cells: str) -> Lab:
    html = f'<style>x</style><script>y</script><div class="jp-Notebook">{"".join(cells)}</div>'
    return to_page(html, lambda text: text.replace("$x$", "<math>x</math>"), "Link here")


def test_styles_scripts_and_random_ids_are_gone() -> None:
    html = page(words("<p>One</p>"), cell(CODE.format(comment="c"))).html
    assert "<style" not in html
    assert "<script" not in html
    assert "cell-id" not in html


def test_the_label_of_a_formula_leaves_no_trace() -> None:
    html = page(words("<p>One</p>\n<!-- formula: some-label -->\n<p>$x$</p>")).html
    assert "<math>x</math>" in html
    assert "label" not in html


def test_a_heading_gets_the_id_written_after_it() -> None:
    lab = page(words('<h2 id="auto">The way {#way}<a class="anchor-link" href="#auto">¶</a></h2><p>Text</p>'))
    assert '<h2 id="way">The way<a class="headerlink" href="#way" title="Link here">¶</a></h2>' in lab.html
    assert [(entry["id"], entry["name"]) for entry in lab.toc] == [("way", "The way")]


def test_a_heading_without_an_id_is_refused() -> None:
    with pytest.raises(LabError, match=r"write `The way \{#some-id\}`"):
        page(words("<h2>The way</h2>"))


def test_the_first_paragraph_describes_the_page() -> None:
    assert page(words("<p>One\n two.</p><p>Three.</p>")).description == "One two."


def test_formulas_in_words_are_rendered() -> None:
    assert "<math>x</math>" in page(words("<p>$x$</p>")).html


def test_a_plot_is_described_by_the_comment_at_the_head_of_its_cell() -> None:
    code = CODE.format(comment='The loss</span>\n<span class="c1"># falls')
    assert 'alt="The loss falls"' in page(cell(code + IMAGE)).html


def test_plots_become_files_with_short_numbers_and_keep_their_place_on_the_page() -> None:
    lab = page(cell(CODE.format(comment="a") + IMAGE), cell(CODE.format(comment="b") + IMAGE))
    assert [plot.partition("<path")[2] for plot in lab.plots] == [' d="M 0.12 1"/></svg>\n'] * 2
    assert 'alt="b" src="plot-2.svg" width="96" height="48" loading="lazy"' in lab.html


def test_a_plot_without_a_comment_is_refused() -> None:
    with pytest.raises(LabError, match="begin with a comment"):
        page(cell('<div class="highlight-ipynb"><pre>plot()  # late</pre></div>' + IMAGE))


def test_printed_output_follows_its_code() -> None:
    printed = '<div class="jp-OutputArea-output"><pre>hello\n</pre></div>'
    html = page(cell(CODE.format(comment="c") + printed)).html
    assert html.index("# c") < html.index('<pre class="lab-output" tabindex="0">hello</pre>')


def test_what_a_cell_prints_stays_together_however_often_the_stream_was_cut() -> None:
    printed = '<div class="jp-OutputArea-output"><pre>{}</pre></div>'
    value = '<div class="jp-OutputArea-output jp-OutputArea-executeResult"><pre>3</pre></div>'
    code = CODE.format(comment="c")
    whole = page(cell(code + printed.format("one\ntwo\n") + value)).html
    assert whole.count("lab-output") == 2
    assert "one\ntwo</pre>" in whole
    assert (
        page(cell(code + printed.format("one") + printed.format("\ntw") + printed.format("o\n") + value)).html == whole
    )


def test_the_offer_to_download_stands_after_the_introduction() -> None:
    """It links the file, says its name, and shows the line that installs the package."""
    parts = "".join([words("<p>One</p>"), cell(CODE.format(comment="c"))])
    for lang, word in (("en", "Download"), ("ru", "Скачать")):
        made = offer(lang, "../../downloads/x.ipynb", "%pip install <y>")
        html = to_page(f'<div class="jp-Notebook">{parts}</div>', str, "Link here", made).html
        assert f'<a href="../../downloads/x.ipynb" download>{word}' in html
        assert "(x.ipynb)" in html
        assert html.index("One") < html.index("%pip install &lt;y&gt;") < html.index("# c")


def test_results_of_labs_as_they_are_and_as_they_were_lately_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / ".cache" / "labs"
    for name, days in (("en-lab-new", 100), ("en-lab-lately", 1), ("en-lab-old", 100)):
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (time.time() - days * 86_400,) * 2)
    notebooks.forget(tmp_path, {"en/labs/lab.py": "new"})
    assert {path.name for path in folder.iterdir()} == {"en-lab-new", "en-lab-lately"}


def test_a_kernel_reads_the_settings_of_labs_and_not_the_readers(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(notebooks.kernel_settings(tmp_path)))
    kernel: Any = kernelapp.IPKernelApp()  # type: ignore[no-untyped-call]
    kernel.init_profile_dir()
    kernel.init_config_files()
    kernel.load_config_file()
    assert kernel.config.HistoryManager.enabled is False
    assert kernel.config.Application.log_level == "ERROR"
