"""The official Node SDK: its tests are the files in `node/`, each run by Node's own runner."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clients.installed import npm_package

SDK = "stripe@23.1.0"
SCRIPTS = sorted(Path(__file__).with_name("node").glob("*.test.mjs"))
RUN_SECONDS = 300


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name.partition(".")[0])
def test_the_node_sdk_works(server: Any, script: Path) -> None:
    modules = npm_package(SDK)
    environment = {
        "PATH": os.environ["PATH"],
        "STRIPE_MODULES": str(modules),
        "PRORATA_URL": server.url,
        "PRORATA_SECRET_KEY": server.secret_key,
        "PRORATA_PUBLISHABLE_KEY": server.publishable_key,
    }
    done = subprocess.run(
        ["node", "--test", "--test-reporter=spec", str(script)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=RUN_SECONDS,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)
