import pytest

from lsqm.mine.versions import admits, newest, release


@pytest.mark.parametrize(
    ("constraint", "version", "expected"),
    [
        ("", "1.0.0", True),
        ("1.2.3", "1.2.3", True),
        ("= 1.2.3", "1.2.4", False),
        ("!= 1.2.3", "1.2.4", True),
        (">= 5.0, < 6.0", "5.100.0", True),
        (">= 5.0, < 6.0", "6.0.0", False),
        ("~> 5.0", "5.9.0", True),
        ("~> 5.0", "6.0.0", False),
        ("~> 5.1.2", "5.1.9", True),
        ("~> 5.1.2", "5.2.0", False),
        ("~> 5", "5.9.9", True),
        ("~> 5", "6.0.0", False),
        (">5.1", "5.1.0", False),
        (">5.1", "5.1.1", True),
        ("<=5.1", "5.1.1", False),
        ("about five", "5.0.0", False),
        ("v1.0.0-rc1", "v1.0.0-rc1", True),
        (">= 1.0", "2.0.0-beta", False),
    ],
)
def test_constraints_mean_what_terraform_says(constraint, version, expected):
    assert admits(constraint, version) is expected


def test_the_newest_is_by_number_not_by_spelling_and_no_prerelease():
    assert newest(["1.9.0", "v1.10.0", "2.0.0-rc1", "nonsense"]) == "v1.10.0"
    assert newest(["1.9.0", "1.10.0"], "< 1.10") == "1.9.0"
    assert newest(["1.0.0"], ">= 2") == ""
    assert release("1.0.0-rc1") is None
