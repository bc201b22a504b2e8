"""SQS: queues, their policies and their dead letters."""

from lsqm.generate.builtin.recipe import Behaviour, Design, Kind, Recipe, Setting
from lsqm.generate.configuration import ResourceBlock

_LONGEST_DELAY = 5


def _delivers_soon(block: ResourceBlock, _design: Design) -> bool:
    delay = block.get("delay_seconds") or 0
    return isinstance(delay, int) and delay <= _LONGEST_DELAY


def _has_redrive(block: ResourceBlock, design: Design) -> bool:
    return block.get("redrive_policy") is not None and _delivers_soon(block, design)


RECIPES = (
    Recipe(
        type="aws_sqs_queue",
        each="queue",
        service="sqs",
        look="""
            found = sqs.get_queue_attributes(QueueUrl=queue["url"], AttributeNames=["All"])["Attributes"]
            assert found["QueueArn"] == queue["arn"]
        """,
        settings=(
            Setting("visibility_timeout_seconds", 'int(found["VisibilityTimeout"])', Kind.NUMBER),
            Setting("message_retention_seconds", 'int(found["MessageRetentionPeriod"])', Kind.NUMBER),
            Setting("delay_seconds", 'int(found["DelaySeconds"])', Kind.NUMBER),
            Setting("receive_wait_time_seconds", 'int(found["ReceiveMessageWaitTimeSeconds"])', Kind.NUMBER),
            Setting("max_message_size", 'int(found["MaximumMessageSize"])', Kind.NUMBER),
            Setting("fifo_queue", '(found.get("FifoQueue") == "true")', Kind.FLAG),
            Setting("content_based_deduplication", '(found.get("ContentBasedDeduplication") == "true")', Kind.FLAG),
            Setting("kms_master_key_id", 'found["KmsMasterKeyId"]'),
        ),
        behaviours=(
            Behaviour(
                name="delivers_what_is_sent",
                doc="A message that is sent is received, once, and stays away after it is deleted.",
                fixtures=("of_type",),
                when=_delivers_soon,
                body="""
                    skip_if_consumed(queue["arn"], *of_type("aws_lambda_event_source_mapping"), *of_type("aws_pipes_pipe"))
                    text = unique("message")
                    send_message(sqs, queue, text)
                    assert receive_message(sqs, queue["url"], text) == text
                    assert receive_message(sqs, queue["url"], text, seconds=1) is None
                """,
            ),
            Behaviour(
                name="moves_what_nobody_handles_to_its_dead_letters",
                doc="A message that was received too often without being deleted turns up in the dead-letter queue.",
                fixtures=("of_type",),
                when=_has_redrive,
                body="""
                    skip_if_consumed(queue["arn"], *of_type("aws_lambda_event_source_mapping"), *of_type("aws_pipes_pipe"))
                    redrive = json.loads(queue["redrive_policy"])
                    dead_letters = sqs.get_queue_url(QueueName=name_of(redrive["deadLetterTargetArn"]))["QueueUrl"]
                    text = unique("poison")
                    send_message(sqs, queue, text)
                    assert wear_out(sqs, queue["url"], dead_letters, text) == text
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_sqs_queue_policy",
        each="policy",
        service="sqs",
        look="""
            found = sqs.get_queue_attributes(QueueUrl=policy["queue_url"], AttributeNames=["Policy"])["Attributes"]
            assert effects(found["Policy"]) == effects(policy["policy"])
        """,
    ),
    Recipe(
        type="aws_sqs_queue_redrive_policy",
        each="redrive",
        service="sqs",
        look="""
            found = sqs.get_queue_attributes(QueueUrl=redrive["queue_url"], AttributeNames=["RedrivePolicy"])
            answer = json.loads(found["Attributes"]["RedrivePolicy"])
            wanted = json.loads(redrive["redrive_policy"])
            assert answer["deadLetterTargetArn"] == wanted["deadLetterTargetArn"]
            assert int(answer["maxReceiveCount"]) == int(wanted["maxReceiveCount"])
        """,
    ),
    Recipe(
        type="aws_sqs_queue_redrive_allow_policy",
        each="allowed",
        service="sqs",
        look="""
            found = sqs.get_queue_attributes(QueueUrl=allowed["queue_url"], AttributeNames=["RedriveAllowPolicy"])
            answer = json.loads(found["Attributes"]["RedriveAllowPolicy"])
            assert answer["redrivePermission"] == json.loads(allowed["redrive_allow_policy"])["redrivePermission"]
        """,
    ),
)
