"""Kinesis and Firehose: streams of records."""

from lsqm.generate.builtin.recipe import Behaviour, Kind, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_kinesis_stream",
        each="stream",
        service="kinesis",
        look="""
            found = kinesis.describe_stream_summary(StreamName=stream["name"])["StreamDescriptionSummary"]
            assert found["StreamARN"] == stream["arn"]
            assert found["StreamStatus"] == "ACTIVE"
        """,
        settings=(
            Setting("shard_count", 'found["OpenShardCount"]', Kind.NUMBER),
            Setting("retention_period", 'found["RetentionPeriodHours"]', Kind.NUMBER),
            Setting("encryption_type", 'found["EncryptionType"]'),
        ),
        behaviours=(
            Behaviour(
                name="gives_back_what_is_put",
                doc="A record that is put is read from the shard that took it.",
                body="""
                    data = unique("record").encode()
                    put = kinesis.put_record(StreamName=stream["name"], Data=data, PartitionKey="lsqm")
                    reader = kinesis.get_shard_iterator(
                        StreamName=stream["name"],
                        ShardId=put["ShardId"],
                        ShardIteratorType="AT_SEQUENCE_NUMBER",
                        StartingSequenceNumber=put["SequenceNumber"],
                    )["ShardIterator"]
                    records = eventually(lambda reader=reader: kinesis.get_records(ShardIterator=reader)["Records"])
                    assert records[0]["Data"] == data
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_kinesis_stream_consumer",
        each="consumer",
        service="kinesis",
        look="""
            found = kinesis.describe_stream_consumer(ConsumerARN=consumer["arn"])["ConsumerDescription"]
            assert (found["ConsumerName"], found["ConsumerStatus"]) == (consumer["name"], "ACTIVE")
        """,
    ),
    Recipe(
        type="aws_kinesis_firehose_delivery_stream",
        each="stream",
        service="firehose",
        look="""
            found = firehose.describe_delivery_stream(DeliveryStreamName=stream["name"])["DeliveryStreamDescription"]
            assert found["DeliveryStreamARN"] == stream["arn"]
            assert found["DeliveryStreamStatus"] == "ACTIVE"
        """,
        behaviours=(
            Behaviour(
                name="takes_a_record",
                doc="A record put directly gets an id.",
                when=lambda block, _design: block.get("kinesis_source_configuration") is None,
                body="""
                    answer = firehose.put_record(DeliveryStreamName=stream["name"], Record={"Data": b"lsqm"})
                    assert answer["RecordId"]
                """,
            ),
        ),
    ),
)
