import pytest

from lsqm.errors import UsageError
from lsqm.mine.spec import SourceKind, parse_source, repository_name


@pytest.mark.parametrize(
    ("text", "kind", "value", "ref"),
    [
        ("path:/corpus", SourceKind.PATH, "/corpus", ""),
        ("path:./a@b", SourceKind.PATH, "./a@b", ""),
        ("git:https://example.org/o/r.git@v1.0", SourceKind.GIT, "https://example.org/o/r.git", "v1.0"),
        ("git:https://example.org/o/r", SourceKind.GIT, "https://example.org/o/r", ""),
        ("git:git@example.org:o/r.git@feature/x", SourceKind.GIT, "git@example.org:o/r.git", "feature/x"),
        ("git:git@example.org:o/r.git", SourceKind.GIT, "git@example.org:o/r.git", ""),
        ("git:ssh://git@example.org/o/r@main", SourceKind.GIT, "ssh://git@example.org/o/r", "main"),
        ("git:/srv/repos/r.git@main", SourceKind.GIT, "/srv/repos/r.git", "main"),
        ("github:aws-samples/serverless-patterns", SourceKind.GITHUB, "aws-samples/serverless-patterns", ""),
        ("github-org:aws-samples", SourceKind.GITHUB_ORG, "aws-samples", ""),
        (
            "registry:terraform-aws-modules/vpc/aws",
            SourceKind.REGISTRY,
            "terraform-aws-modules/vpc/aws",
            "",
        ),
        ("registry-family:step-functions", SourceKind.REGISTRY_FAMILY, "step-functions", ""),
        ("starter", SourceKind.STARTER, "", ""),
        ("serverless-examples", SourceKind.SERVERLESS_EXAMPLES, "", ""),
    ],
)
def test_every_kind_of_source_is_read_and_written_back(text, kind, value, ref):
    spec = parse_source(text)
    assert (spec.kind, spec.value, spec.ref) == (kind, value, ref)
    assert spec.name == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "corpus",
        "path:",
        "ftp:x",
        "github:aws-samples",
        "github:a/b/c",
        "github-org:a/b",
        "registry:vpc",
        "registry-family:ec2",
        "starter:x",
        "git:ext::sh -c id",
        "git:--upload-pack=touch",
        "git:ftp://example.org/r",
    ],
)
def test_anything_else_is_refused_with_a_remedy(text):
    with pytest.raises(UsageError) as caught:
        parse_source(text)
    assert text in str(caught.value)
    assert caught.value.hint


def test_a_secret_in_a_url_is_refused_without_repeating_it():
    with pytest.raises(UsageError) as caught:
        parse_source("git:https://me:hunter2@example.org/o/r")
    assert "hunter2" not in str(caught.value) + caught.value.hint
    assert "example.org" in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/o/r",
        "https://github.com/o/r.git",
        "git@github.com:o/r.git",
        "ssh://git@github.com/o/r.git",
    ],
)
def test_every_spelling_of_a_repository_has_one_name(url):
    assert repository_name(url) == "github.com/o/r"


def test_a_local_repository_is_named_by_its_path():
    assert repository_name("file:///srv/r.git") == repository_name("/srv/r.git") == "/srv/r"
