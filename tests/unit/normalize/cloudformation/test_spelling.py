"""Names become what their service takes."""

import pytest

from lsqm.model.terraform import Reference, Template, Value
from lsqm.normalize.cloudformation.spelling import spelled

REGION = Reference("data.aws_region.current", ".name")


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("photos", "photos"),
        ("Photos_of_Mine", "photos-of-mine"),
        ("-tracking-", "tracking"),
        ("--", "stand-in"),
        (Template(("-tracking-", REGION)), Template(("tracking-", REGION))),
        (Template((REGION, "-tracking-")), Template((REGION, "-tracking"))),
        (Template(("-", REGION)), Template((REGION,))),
    ],
)
def test_a_bucket_begins_and_ends_with_a_letter_or_number(given: Value, made: Value):
    assert spelled("aws_s3_bucket", "bucket", given) == made


def test_other_names_may_begin_with_a_hyphen():
    assert spelled("aws_sqs_queue", "name", "-jobs-") == "-jobs-"
    assert spelled("aws_sqs_queue", "name", Template(("-jobs-", REGION))) == Template(("-jobs-", REGION))


def test_an_argument_without_a_rule_stays():
    assert spelled("aws_sqs_queue", "policy", "- anything -") == "- anything -"
