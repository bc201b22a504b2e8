"""DynamoDB: tables and items that Terraform put into them."""

from lsqm.generate.builtin.recipe import Behaviour, Kind, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_dynamodb_table",
        each="table",
        service="dynamodb",
        look="""
            found = dynamodb.describe_table(TableName=table["name"])["Table"]
            assert found["TableArn"] == table["arn"]
            assert found["TableStatus"] == "ACTIVE"
            assert hash_key(found["KeySchema"]) == table["hash_key"]
            assert {index["IndexName"] for index in found.get("GlobalSecondaryIndexes", [])} == {
                index["name"] for index in table["global_secondary_index"]
            }
        """,
        settings=(
            Setting("billing_mode", 'found.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")'),
            Setting("read_capacity", 'found["ProvisionedThroughput"]["ReadCapacityUnits"]', Kind.NUMBER),
            Setting("write_capacity", 'found["ProvisionedThroughput"]["WriteCapacityUnits"]', Kind.NUMBER),
            Setting("stream_enabled", 'found.get("StreamSpecification", {}).get("StreamEnabled", False)', Kind.FLAG),
            Setting("stream_view_type", 'found["StreamSpecification"]["StreamViewType"]'),
            Setting("deletion_protection_enabled", 'found["DeletionProtectionEnabled"]', Kind.FLAG),
        ),
        behaviours=(
            Behaviour(
                name="gives_back_what_is_put",
                doc="An item that is put is read back whole and is gone once it is deleted.",
                body="""
                    description = dynamodb.describe_table(TableName=table["name"])["Table"]
                    item = sample_item(description, 1001) | {"note": {"S": "kept as it is"}}
                    key = key_of(description, item)
                    dynamodb.put_item(TableName=table["name"], Item=item)
                    assert dynamodb.get_item(TableName=table["name"], Key=key, ConsistentRead=True)["Item"] == item
                    dynamodb.delete_item(TableName=table["name"], Key=key)
                    assert "Item" not in dynamodb.get_item(TableName=table["name"], Key=key, ConsistentRead=True)
                """,
            ),
            Behaviour(
                name="refuses_a_put_whose_condition_fails",
                doc="A conditional put of an item that exists already changes nothing.",
                body="""
                    description = dynamodb.describe_table(TableName=table["name"])["Table"]
                    item = sample_item(description, 1002)
                    name = hash_key(description["KeySchema"])
                    dynamodb.put_item(TableName=table["name"], Item=item | {"note": {"S": "first"}})
                    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
                        dynamodb.put_item(
                            TableName=table["name"],
                            Item=item | {"note": {"S": "second"}},
                            ConditionExpression="attribute_not_exists(#key)",
                            ExpressionAttributeNames={"#key": name},
                        )
                    kept = dynamodb.get_item(TableName=table["name"], Key=key_of(description, item), ConsistentRead=True)
                    assert kept["Item"]["note"] == {"S": "first"}
                    dynamodb.delete_item(TableName=table["name"], Key=key_of(description, item))
                """,
            ),
            Behaviour(
                name="finds_items_by_index",
                doc="Every global secondary index finds an item by the index's own key.",
                when=lambda block, _design: bool(block.values.get("global_secondary_index")),
                body="""
                    description = dynamodb.describe_table(TableName=table["name"])["Table"]
                    item = sample_item(description, 1003)
                    dynamodb.put_item(TableName=table["name"], Item=item)
                    for index in description["GlobalSecondaryIndexes"]:
                        name = hash_key(index["KeySchema"])
                        question = {
                            "TableName": table["name"],
                            "IndexName": index["IndexName"],
                            "KeyConditionExpression": "#key = :value",
                            "ExpressionAttributeNames": {"#key": name},
                            "ExpressionAttributeValues": {":value": item[name]},
                        }
                        found = eventually(lambda question=question: dynamodb.query(**question)["Items"])
                        assert key_of(description, found[0]) == key_of(description, item)
                    dynamodb.delete_item(TableName=table["name"], Key=key_of(description, item))
                """,
            ),
            Behaviour(
                name="expires_items_by_its_attribute",
                doc="Time to live is switched as asked for, on the attribute asked for.",
                when=lambda block, _design: block.states("ttl.attribute_name") and block.get("ttl.enabled") is True,
                body="""
                    found = dynamodb.describe_time_to_live(TableName=table["name"])["TimeToLiveDescription"]
                    assert found["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
                    assert found["AttributeName"] == table["ttl"][0]["attribute_name"]
                """,
            ),
            Behaviour(
                name="can_be_restored_to_a_point_in_time",
                doc="Continuous backups are on, as asked for.",
                when=lambda block, _design: block.get("point_in_time_recovery.enabled") is True,
                body="""
                    found = dynamodb.describe_continuous_backups(TableName=table["name"])
                    recovery = found["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
                    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_dynamodb_table_item",
        each="item",
        service="dynamodb",
        look="""
            wanted = json.loads(item["item"])
            key = {name: wanted[name] for name in (item["hash_key"], item["range_key"]) if name}
            found = dynamodb.get_item(TableName=item["table_name"], Key=key, ConsistentRead=True)
            assert found["Item"] == wanted
        """,
    ),
    Recipe(
        type="aws_dynamodb_kinesis_streaming_destination",
        each="destination",
        service="dynamodb",
        look="""
            answer = dynamodb.describe_kinesis_streaming_destination(TableName=destination["table_name"])
            found = {to["StreamArn"]: to["DestinationStatus"] for to in answer["KinesisDataStreamDestinations"]}
            assert found[destination["stream_arn"]] in ("ACTIVE", "ENABLING")
        """,
    ),
    Recipe(
        type="aws_dynamodb_resource_policy",
        each="policy",
        service="dynamodb",
        look="""
            answer = dynamodb.get_resource_policy(ResourceArn=policy["resource_arn"])
            assert effects(answer["Policy"]) == effects(policy["policy"])
        """,
    ),
)
