"""Fixtures of rendered manifests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.manifests.manifests import EXAMPLES, KUSTOMIZE, OVERLAYS, ROOT, SHIPPED, Manifests, render


@pytest.fixture(params=[*OVERLAYS, *EXAMPLES])
def manifests(request) -> Manifests:
    """Render each overlay and each example in turn."""
    return render(KUSTOMIZE / request.param)


@pytest.fixture(params=[*SHIPPED, *EXAMPLES])
def shipped(request) -> Manifests:
    """Render each overlay of this project and each example in turn."""
    return render(KUSTOMIZE / request.param)


@pytest.fixture(params=OVERLAYS)
def overlay(request) -> Manifests:
    """Render each overlay in turn."""
    return render(KUSTOMIZE / request.param)


@pytest.fixture
def render_changed(tmp_path) -> Callable[..., Manifests]:
    """Render an overlay with an operator's changes: `render_changed("overlays/production", images=[…])`."""

    def change(base: str, **kustomization) -> Manifests:
        folder = tmp_path / f"overlay-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        # Kustomize refuses absolute paths, and resolves symbolic links before it follows `..`.
        resources = [os.path.relpath(KUSTOMIZE / base, Path(folder).resolve())]
        components = [
            os.path.relpath(KUSTOMIZE / path, folder.resolve()) for path in kustomization.pop("components", [])
        ]
        (folder / "kustomization.yaml").write_text(
            yaml.safe_dump({"resources": resources, "components": components, **kustomization}, sort_keys=False)
        )
        return render(folder)

    return change


@pytest.fixture
def project_file() -> Callable[[str], str]:
    """Return a function that reads a file of the project by its path."""
    return lambda path: (ROOT / path).read_text()
