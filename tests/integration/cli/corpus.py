"""A corpus whose trials cost seconds: Terraform's own `terraform_data`, with tests that call AWS."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lsqm.artifacts.store import ArtifactStore, index_entry
from lsqm.generate.builtin import BUILTIN_RULES
from lsqm.model.architecture import Index
from lsqm.model.ids import ArchitectureHash
from tests.samples import an_app, an_architecture


def prepared(workspace: Path, tests: Mapping[str, str]) -> ArtifactStore:
    """The working copy of a workspace with one architecture and app for each name in `tests`."""
    store = ArtifactStore(workspace / "artifacts")
    store.initialise()
    entries = {}
    for number, (name, text) in enumerate(sorted(tests.items()), 1):
        key = ArchitectureHash(f"{number:064x}")
        sample, app = an_architecture(), an_app()
        origin = replace(sample.metadata.origin, path=name, url=f"starter//{name}")
        metadata = replace(sample.metadata, hash=key, name=name, origin=origin)
        terraform = f'resource "terraform_data" "{name}" {{\n  input = "{name}"\n}}\n'
        store.save_architecture(replace(sample, metadata=metadata, files={"main.tf": terraform.encode()}))
        record = replace(app.record, architecture=key, rules=BUILTIN_RULES)
        store.save_app(replace(app, record=record, files={**app.files, "test_app.py": text}))
        entries[key] = index_entry(metadata)
    store.save_index(Index(architectures=entries))
    return store
