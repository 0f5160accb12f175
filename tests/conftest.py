"""What tests of the whole site share: the built site, a server for it, a browser."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: more threads only get in each other's way
ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share something costly run in one worker: the built site, the experiments of a chapter."""
    for item in items:
        if "site" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("site"))
        elif item.path.parent.name == "claims":
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serve quietly, and answer unknown addresses with the site's own 404 page."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def build_site(source: Path, target: Path, url: str = "http://127.0.0.1:8000/") -> None:
    """`mkdocs build --strict` of the tree in `source`; its output is the message of a failure."""
    env = os.environ | {"SITE_URL": url, "SOURCE_DATE_EPOCH": "1767225600", "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(target)]
    run = subprocess.run(command, cwd=source, env=env, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.fail(f"mkdocs build --strict failed:\n{run.stdout}{run.stderr}", pytrace=False)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[http.server.ThreadingHTTPServer]:
    """A server on a free port; its address must be known before the site is built for it."""
    folder = tmp_path_factory.mktemp("site")
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        httpd.folder = folder  # type: ignore[attr-defined]
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield httpd
        httpd.shutdown()


@pytest.fixture(scope="session")
def url(server: http.server.ThreadingHTTPServer) -> str:
    """The address of the served site, with its final slash."""
    return f"http://127.0.0.1:{server.server_port}/"


@pytest.fixture(scope="session")
def site(server: http.server.ThreadingHTTPServer, url: str) -> Path:
    """The folder of the built site, both languages."""
    folder: Path = server.folder  # type: ignore[attr-defined]
    build_site(ROOT, folder, url)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium or Chrome; without one the tests are skipped on a user's machine and fail in CI."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        reason = f"no browser found (looked for {', '.join(BROWSERS)}): the pages were not tried in one"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()
