"""Small architectures for the generator's tests."""

from collections.abc import Mapping, Sequence

from lsqm.model.architecture import Architecture, Dialect, Metadata, Origin
from lsqm.model.ids import ArchitectureHash


def architecture(
    text: str = "",
    *,
    key: str = "a",
    services: Sequence[str] = (),
    types: Mapping[str, int] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Architecture:
    origin = Origin(source="path:/x", repository="/x", commit="1", path=".", url=f"/x//{key}")
    return Architecture(
        metadata=Metadata(
            hash=ArchitectureHash((key * 64)[:64]),
            name=f"design-{key}",
            dialect=Dialect.TERRAFORM,
            origin=origin,
            services=tuple(services),
            resource_count=text.count("resource "),
            resource_types=types or {},
        ),
        files={"main.tf": text.encode(), **(files or {})},
    )
