"""The generator that needs no model: tests from what the Terraform says, resource by resource (DESIGN section 6)."""

from collections import Counter

from lsqm.generate.builtin.recipe import Design
from lsqm.generate.builtin.render import behaviours, render_behaviour, render_client, render_look, render_tests, slug_of
from lsqm.generate.builtin.table import RECIPES
from lsqm.generate.configuration import read_configuration
from lsqm.generate.files import app_digest, conftest, requirements
from lsqm.model.app import App, AppRecord, Generator, Proof, Rung
from lsqm.model.architecture import Architecture

BUILTIN_RULES = "builtin-3"
"""Version of tables and wording. A newer one makes older apps stale."""


def generate_builtin(architecture: Architecture, *, now: str) -> App:
    """Write the app of one architecture.

    Types without a recipe are named in the proof's notes. An architecture of which nothing can be tested gets an app
    whose only test says so by being skipped.

    Raises:
        DataError: its Terraform cannot be read.
    """
    blocks = read_configuration(architecture.files)
    design = Design(blocks, frozenset(block.type for block in blocks))
    taken: Counter[str] = Counter()
    tests: list[str] = []
    for block in blocks:
        recipe = RECIPES.get(block.type)
        if recipe is None:
            continue
        slug = slug_of(block.address)
        taken[slug] += 1
        if taken[slug] > 1:
            slug = f"{slug}_{taken[slug]}"
        tests.append(render_look(recipe, block, slug))
        tests += [render_behaviour(recipe, behaviour, block, slug) for behaviour in behaviours(recipe, block, design)]
    test_app = render_tests(architecture.metadata.name, tests or [_NOTHING])
    files = {
        "conftest.py": conftest(),
        "app.py": render_client(test_app),
        "test_app.py": test_app,
        "requirements.txt": requirements(),
    }
    untested = sorted({block.type for block in blocks if block.type not in RECIPES})
    record = AppRecord(
        architecture=architecture.hash,
        generator=Generator.BUILTIN,
        rules=BUILTIN_RULES,
        digest=app_digest(files),
        proof=Proof(rung=Rung.POLICY, notes=tuple(f"no test for {kind}" for kind in untested)),
        generated_at=now,
    )
    return App(record=record, files=files)


_NOTHING = '''def test_nothing():
    """No resource of this architecture is of a type that the builtin generator knows."""
    pytest.skip("nothing here that the builtin generator can test")
'''
