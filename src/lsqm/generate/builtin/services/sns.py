"""SNS: topics, their policies and subscriptions."""

from lsqm.generate.builtin.recipe import Behaviour, Kind, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_sns_topic",
        each="topic",
        service="sns",
        look="""
            found = sns.get_topic_attributes(TopicArn=topic["arn"])["Attributes"]
            assert found["TopicArn"] == topic["arn"]
        """,
        settings=(
            Setting("display_name", 'found["DisplayName"]'),
            Setting("fifo_topic", '(found.get("FifoTopic") == "true")', Kind.FLAG),
            Setting("kms_master_key_id", 'found["KmsMasterKeyId"]'),
        ),
        behaviours=(
            Behaviour(
                name="accepts_a_message",
                doc="Publishing gives the message an id.",
                body="""
                    order = {"MessageGroupId": "lsqm", "MessageDeduplicationId": unique()} if topic["fifo_topic"] else {}
                    assert sns.publish(TopicArn=topic["arn"], Message="hello", **order)["MessageId"]
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_sns_topic_policy",
        each="policy",
        service="sns",
        look="""
            found = sns.get_topic_attributes(TopicArn=policy["arn"])["Attributes"]
            assert effects(found["Policy"]) == effects(policy["policy"])
        """,
    ),
    Recipe(
        type="aws_sns_topic_subscription",
        each="subscription",
        service="sns",
        look="""
            found = pages(sns, "list_subscriptions_by_topic", "Subscriptions", TopicArn=subscription["topic_arn"])
            assert (subscription["protocol"], subscription["endpoint"]) in [
                (entry["Protocol"], entry["Endpoint"]) for entry in found
            ]
        """,
        behaviours=(
            Behaviour(
                name="delivers_to_its_queue",
                doc="A message published on the topic arrives in the subscribed queue.",
                services=("sqs",),
                fixtures=("of_type",),
                when=lambda block, _design: (
                    block.get("protocol") == "sqs"
                    and block.get("filter_policy") is None
                    and block.get("delivery_policy") is None
                ),
                body="""
                    skip_if_consumed(subscription["endpoint"], *of_type("aws_lambda_event_source_mapping"))
                    url = sqs.get_queue_url(QueueName=name_of(subscription["endpoint"]))["QueueUrl"]
                    fifo = subscription["topic_arn"].endswith(".fifo")
                    order = {"MessageGroupId": "lsqm", "MessageDeduplicationId": unique()} if fifo else {}
                    text = unique("news")
                    sns.publish(TopicArn=subscription["topic_arn"], Message=text, **order)
                    body = receive_message(sqs, url, text)
                    assert body is not None
                    assert (body if subscription["raw_message_delivery"] else json.loads(body)["Message"]) == text
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_sns_topic_data_protection_policy",
        each="policy",
        service="sns",
        look="""
            found = sns.get_data_protection_policy(ResourceArn=policy["arn"])["DataProtectionPolicy"]
            assert json.loads(found)["Name"] == json.loads(policy["policy"])["Name"]
        """,
    ),
)
