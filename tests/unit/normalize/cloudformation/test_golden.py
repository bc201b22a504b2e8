"""What whole templates become, word for word. After a wanted change: run this file to rewrite them."""

from pathlib import Path

import hcl2
import pytest

from lsqm.normalize.cloudformation import convert_template

FOLDER = Path(__file__).parent / "golden"
TEMPLATES = sorted(FOLDER.glob("*.yaml"), key=lambda path: path.name)


def terraform(template: Path) -> str:
    """Its resources and outputs, and what the compiler said."""
    result = convert_template(template.read_bytes(), file=template.name)
    said = [f"# {item.severity.value}[{item.code}]: {item.message}" for item in result.diagnostics]
    texts = [result.files[name].decode() for name in ("main.tf", "outputs.tf") if name in result.files]
    return "\n".join([*texts, *said]) + "\n"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_becomes_exactly_this(template):
    made = terraform(template)
    assert made == template.with_suffix(".expected.tf").read_text(encoding="utf-8")
    hcl2.loads(made)


def main() -> None:
    """Write what the compiler makes now; read the difference before you commit it."""
    for template in TEMPLATES:
        template.with_suffix(".expected.tf").write_text(terraform(template), encoding="utf-8")


if __name__ == "__main__":
    main()
