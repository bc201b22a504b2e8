from typing import Any

from lsqm.ports.emulator import Answer
from lsqm.validate.still_there import askable, is_there, looks, question, still_there


class Emulator:
    """Answers everything with one answer, or nothing."""

    def __init__(self, answer: Answer | None) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def ask(self, question: Any) -> Answer | None:
        self.asked.append(question)
        return self.answer


def state(kind: str, attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    resource = {"mode": "managed", "type": kind, "name": "x", "instances": [{"attributes": attributes}], **more}
    return {"resources": [resource]}


QUEUE = state("aws_sqs_queue", {"url": "http://h/0/q", "arn": "arn:aws:sqs:eu-west-1:000000000000:q"})


def test_only_known_managed_resources_with_a_name_can_be_asked_for():
    assert [one.address for one in askable(QUEUE)] == ["aws_sqs_queue.x"]
    assert askable(state("aws_sqs_queue", {"url": None})) == ()
    assert askable(state("aws_cloudfront_distribution", {"id": "x"})) == ()
    assert askable(state("aws_sqs_queue", {"url": "u"}, mode="data")) == ()
    assert askable(state("aws_cloudwatch_log_group", {"name": "g", "skip_destroy": True})) == ()
    assert askable({}) == askable({"resources": "?"}) == ()


def test_module_and_key_are_in_the_address():
    keyed = state("aws_s3_bucket", {}, module="module.m", instances=[{"index_key": "k", "attributes": {"bucket": "n"}}])
    assert askable(keyed)[0].address == 'module.m.aws_s3_bucket.x["k"]'


def test_the_question_goes_to_the_region_of_the_resource():
    asked = question(askable(QUEUE)[0])
    assert "/eu-west-1/sqs/aws4_request" in asked.headers["Authorization"]
    assert asked.headers["X-Amz-Target"] == "AmazonSQS.GetQueueAttributes"
    assert asked.body == b'{"QueueUrl": "http://h/0/q"}'


def test_a_name_cannot_change_the_path_of_the_question():
    asked = question(askable(state("aws_s3_bucket", {"bucket": "../x?y"}))[0])
    assert asked.path == "/..%2Fx%3Fy"


def test_success_means_it_is_there_and_refusal_that_it_is_not():
    (known,) = askable(QUEUE)
    assert is_there(known, Answer(status=200, body=b"{}"))
    assert not is_there(known, Answer(status=400, body=b"{}"))
    assert not is_there(known, Answer(status=501, body=b"{}"))


def test_what_waits_to_vanish_is_gone():
    (known,) = askable(state("aws_kms_key", {"key_id": "k"}))
    assert not is_there(known, Answer(status=200, body=b'{"KeyMetadata": {"KeyState": "PendingDeletion"}}'))


def test_a_list_must_contain_it():
    (known,) = askable(state("aws_cloudwatch_log_group", {"name": "/g"}))
    assert is_there(known, Answer(status=200, body=b'{"logGroups": [{"logGroupName": "/g"}]}'))
    assert not is_there(known, Answer(status=200, body=b'{"logGroups": [{"logGroupName": "/g2"}]}'))


def test_a_silent_emulator_is_asked_once_and_accuses_nobody():
    emulator = Emulator(None)
    twice = {"resources": QUEUE["resources"] * 2}
    assert still_there(askable(twice), emulator) == ()  # type: ignore[arg-type]
    assert len(emulator.asked) == 1


def test_the_sentence_names_operation_and_resource():
    (line,) = still_there(askable(QUEUE), Emulator(Answer(status=200, body=b"{}")))  # type: ignore[arg-type]
    assert line == "aws_sqs_queue.x is still there: sqs.GetQueueAttributes finds http://h/0/q"


def test_every_row_can_be_asked():
    for kind, look in looks().items():
        (known,) = askable(state(kind, {look.attribute: "n"}))
        assert question(known).path.startswith("/")
