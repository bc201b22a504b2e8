"""S3: buckets and everything Terraform splits off them."""

from lsqm.generate.builtin.recipe import Behaviour, Kind, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_s3_bucket",
        each="bucket",
        service="s3",
        look="""
            answer = s3.head_bucket(Bucket=bucket["bucket"])
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
            assert bucket["bucket"] in [found["Name"] for found in s3.list_buckets()["Buckets"]]
        """,
        behaviours=(
            Behaviour(
                name="gives_back_what_is_put",
                doc="An object that is put can be read and listed, and is gone once it is deleted.",
                body="""
                    key = unique("lsqm/object")
                    s3.put_object(Bucket=bucket["bucket"], Key=key, Body=b"kept as it is", Metadata={"origin": "lsqm"})
                    try:
                        found = s3.get_object(Bucket=bucket["bucket"], Key=key)
                        assert found["Body"].read() == b"kept as it is"
                        assert found["Metadata"] == {"origin": "lsqm"}
                        listed = s3.list_objects_v2(Bucket=bucket["bucket"], Prefix=key)
                        assert [entry["Key"] for entry in listed["Contents"]] == [key]
                        s3.delete_object(Bucket=bucket["bucket"], Key=key)
                        assert s3.list_objects_v2(Bucket=bucket["bucket"], Prefix=key)["KeyCount"] == 0
                    finally:
                        remove_object(s3, bucket["bucket"], key)
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_s3_bucket_versioning",
        each="versioning",
        service="s3",
        look="""
            answer = s3.get_bucket_versioning(Bucket=versioning["bucket"])
            wanted = versioning["versioning_configuration"][0]["status"]
            assert answer.get("Status", "Disabled") == wanted
        """,
        settings=(Setting("versioning_configuration.status", 'answer.get("Status", "Disabled")'),),
        behaviours=(
            Behaviour(
                name="keeps_both_versions",
                doc="Overwriting an object keeps the version before it.",
                when=lambda block, _design: block.get("versioning_configuration.status") == "Enabled",
                body="""
                    key = unique("lsqm/versioned")
                    try:
                        first = s3.put_object(Bucket=versioning["bucket"], Key=key, Body=b"first")["VersionId"]
                        second = s3.put_object(Bucket=versioning["bucket"], Key=key, Body=b"second")["VersionId"]
                        assert first != second
                        old = s3.get_object(Bucket=versioning["bucket"], Key=key, VersionId=first)
                        assert old["Body"].read() == b"first"
                        assert s3.get_object(Bucket=versioning["bucket"], Key=key)["Body"].read() == b"second"
                    finally:
                        remove_object(s3, versioning["bucket"], key)
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_s3_bucket_public_access_block",
        each="block",
        service="s3",
        look="""
            answer = s3.get_public_access_block(Bucket=block["bucket"])["PublicAccessBlockConfiguration"]
            assert answer["BlockPublicAcls"] is block["block_public_acls"]
        """,
        settings=(
            Setting("block_public_acls", 'answer["BlockPublicAcls"]', Kind.FLAG),
            Setting("block_public_policy", 'answer["BlockPublicPolicy"]', Kind.FLAG),
            Setting("ignore_public_acls", 'answer["IgnorePublicAcls"]', Kind.FLAG),
            Setting("restrict_public_buckets", 'answer["RestrictPublicBuckets"]', Kind.FLAG),
        ),
    ),
    Recipe(
        type="aws_s3_bucket_server_side_encryption_configuration",
        each="encryption",
        service="s3",
        look="""
            answer = s3.get_bucket_encryption(Bucket=encryption["bucket"])
            default = answer["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]
            wanted = encryption["rule"][0]["apply_server_side_encryption_by_default"][0]
            assert default["SSEAlgorithm"] == wanted["sse_algorithm"]
        """,
        settings=(Setting("rule.apply_server_side_encryption_by_default.sse_algorithm", 'default["SSEAlgorithm"]'),),
    ),
    Recipe(
        type="aws_s3_bucket_policy",
        each="policy",
        service="s3",
        look="""
            answer = s3.get_bucket_policy(Bucket=policy["bucket"])
            assert effects(answer["Policy"]) == effects(policy["policy"])
        """,
    ),
    Recipe(
        type="aws_s3_bucket_lifecycle_configuration",
        each="lifecycle",
        service="s3",
        look="""
            rules = s3.get_bucket_lifecycle_configuration(Bucket=lifecycle["bucket"])["Rules"]
            assert {rule["ID"]: rule["Status"] for rule in rules} == {
                rule["id"]: rule["status"] for rule in lifecycle["rule"]
            }
        """,
    ),
    Recipe(
        type="aws_s3_bucket_cors_configuration",
        each="cors",
        service="s3",
        look="""
            rules = s3.get_bucket_cors(Bucket=cors["bucket"])["CORSRules"]
            assert sorted(sorted(rule["AllowedMethods"]) for rule in rules) == sorted(
                sorted(rule["allowed_methods"]) for rule in cors["cors_rule"]
            )
        """,
    ),
    Recipe(
        type="aws_s3_bucket_website_configuration",
        each="website",
        service="s3",
        look="""
            answer = s3.get_bucket_website(Bucket=website["bucket"])
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        """,
        settings=(
            Setting("index_document.suffix", 'answer["IndexDocument"]["Suffix"]'),
            Setting("error_document.key", 'answer["ErrorDocument"]["Key"]'),
        ),
    ),
    Recipe(
        type="aws_s3_bucket_ownership_controls",
        each="controls",
        service="s3",
        look="""
            rules = s3.get_bucket_ownership_controls(Bucket=controls["bucket"])["OwnershipControls"]["Rules"]
            assert [rule["ObjectOwnership"] for rule in rules] == [controls["rule"][0]["object_ownership"]]
        """,
        settings=(Setting("rule.object_ownership", 'rules[0]["ObjectOwnership"]'),),
    ),
    Recipe(
        type="aws_s3_bucket_acl",
        each="acl",
        service="s3",
        look="""
            answer = s3.get_bucket_acl(Bucket=acl["bucket"])
            assert "FULL_CONTROL" in [grant["Permission"] for grant in answer["Grants"]]
        """,
    ),
    Recipe(
        type="aws_s3_bucket_logging",
        each="logging",
        service="s3",
        look="""
            enabled = s3.get_bucket_logging(Bucket=logging["bucket"])["LoggingEnabled"]
            assert enabled["TargetBucket"] == logging["target_bucket"]
        """,
        settings=(Setting("target_prefix", 'enabled["TargetPrefix"]'),),
    ),
    Recipe(
        type="aws_s3_bucket_notification",
        each="notification",
        service="s3",
        look="""
            answer = s3.get_bucket_notification_configuration(Bucket=notification["bucket"])
            assert {to["QueueArn"] for to in answer.get("QueueConfigurations", [])} == {
                to["queue_arn"] for to in notification["queue"]
            }
            assert {to["TopicArn"] for to in answer.get("TopicConfigurations", [])} == {
                to["topic_arn"] for to in notification["topic"]
            }
            assert {to["LambdaFunctionArn"] for to in answer.get("LambdaFunctionConfigurations", [])} == {
                to["lambda_function_arn"] for to in notification["lambda_function"]
            }
            assert ("EventBridgeConfiguration" in answer) == bool(notification["eventbridge"])
        """,
        behaviours=(
            Behaviour(
                name="tells_its_queue_about_a_new_object",
                doc="Putting an object that the filter lets through sends an event to the queue.",
                services=("sqs",),
                fixtures=("of_type",),
                when=lambda block, _design: bool(block.values.get("queue")),
                body="""
                    target = notification["queue"][0]
                    skip_if_consumed(target["queue_arn"], *of_type("aws_lambda_event_source_mapping"))
                    if not any(event.startswith("s3:ObjectCreated:") for event in target["events"]):
                        pytest.skip("the queue is not told about new objects")
                    key = f"{target['filter_prefix'] or ''}{unique()}{target['filter_suffix'] or ''}"
                    url = sqs.get_queue_url(QueueName=name_of(target["queue_arn"]))["QueueUrl"]
                    s3.put_object(Bucket=notification["bucket"], Key=key, Body=b"news")
                    heard = receive_message(sqs, url, key)
                    remove_object(s3, notification["bucket"], key)
                    assert heard is not None
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_s3_object",
        each="item",
        service="s3",
        look="""
            answer = s3.get_object(Bucket=item["bucket"], Key=item["key"])
            assert answer["ETag"].strip('"') == item["etag"]
            body = answer["Body"].read()
            assert len(body) == answer["ContentLength"]
        """,
        settings=(
            Setting("content", "body.decode()"),
            Setting("content_type", 'answer["ContentType"]'),
        ),
    ),
    Recipe(
        type="aws_s3_account_public_access_block",
        each="block",
        service="s3control",
        look="""
            answer = s3control.get_public_access_block(AccountId=block["account_id"])
            found = answer["PublicAccessBlockConfiguration"]
            assert found["BlockPublicAcls"] == block["block_public_acls"]
        """,
        settings=(
            Setting("block_public_acls", 'found["BlockPublicAcls"]', Kind.FLAG),
            Setting("block_public_policy", 'found["BlockPublicPolicy"]', Kind.FLAG),
            Setting("ignore_public_acls", 'found["IgnorePublicAcls"]', Kind.FLAG),
            Setting("restrict_public_buckets", 'found["RestrictPublicBuckets"]', Kind.FLAG),
        ),
    ),
    Recipe(
        type="aws_s3_bucket_replication_configuration",
        each="replication",
        service="s3",
        look="""
            found = s3.get_bucket_replication(Bucket=replication["bucket"])["ReplicationConfiguration"]
            assert found["Role"] == replication["role"]
            assert sorted((rule["Status"], rule["Destination"]["Bucket"]) for rule in found["Rules"]) == sorted(
                (rule["status"], rule["destination"][0]["bucket"]) for rule in replication["rule"]
            )
        """,
    ),
    Recipe(
        type="aws_s3_bucket_accelerate_configuration",
        each="acceleration",
        service="s3",
        look="""
            answer = s3.get_bucket_accelerate_configuration(Bucket=acceleration["bucket"])
            assert answer["Status"] == acceleration["status"]
        """,
        settings=(Setting("status", 'answer["Status"]'),),
    ),
    Recipe(
        type="aws_s3_bucket_request_payment_configuration",
        each="payment",
        service="s3",
        look="""
            answer = s3.get_bucket_request_payment(Bucket=payment["bucket"])
            assert answer["Payer"] == payment["payer"]
        """,
        settings=(Setting("payer", 'answer["Payer"]'),),
    ),
    Recipe(
        type="aws_s3_bucket_object_lock_configuration",
        each="lock",
        service="s3",
        look="""
            found = s3.get_object_lock_configuration(Bucket=lock["bucket"])["ObjectLockConfiguration"]
            assert found["ObjectLockEnabled"] == lock["object_lock_enabled"]
            modes = [found["Rule"]["DefaultRetention"]["Mode"]] if "Rule" in found else []
            assert modes == [rule["default_retention"][0]["mode"] for rule in lock["rule"]]
        """,
    ),
    Recipe(
        type="aws_s3_bucket_intelligent_tiering_configuration",
        each="tiering",
        service="s3",
        look="""
            answer = s3.get_bucket_intelligent_tiering_configuration(Bucket=tiering["bucket"], Id=tiering["name"])
            found = answer["IntelligentTieringConfiguration"]
            assert found["Status"] == tiering["status"]
            assert {tier["AccessTier"]: tier["Days"] for tier in found["Tierings"]} == {
                tier["access_tier"]: tier["days"] for tier in tiering["tiering"]
            }
        """,
    ),
    Recipe(
        type="aws_s3_bucket_metric",
        each="metric",
        service="s3",
        look="""
            answer = s3.get_bucket_metrics_configuration(Bucket=metric["bucket"], Id=metric["name"])
            assert answer["MetricsConfiguration"]["Id"] == metric["name"]
        """,
    ),
    Recipe(
        type="aws_s3_bucket_inventory",
        each="inventory",
        service="s3",
        look="""
            answer = s3.get_bucket_inventory_configuration(Bucket=inventory["bucket"], Id=inventory["name"])
            found = answer["InventoryConfiguration"]
            assert found["IsEnabled"] == inventory["enabled"]
        """,
        settings=(
            Setting("included_object_versions", 'found["IncludedObjectVersions"]'),
            Setting("schedule.frequency", 'found["Schedule"]["Frequency"]'),
        ),
    ),
    Recipe(
        type="aws_s3_bucket_analytics_configuration",
        each="analytics",
        service="s3",
        look="""
            answer = s3.get_bucket_analytics_configuration(Bucket=analytics["bucket"], Id=analytics["name"])
            assert answer["AnalyticsConfiguration"]["Id"] == analytics["name"]
        """,
    ),
    Recipe(
        type="aws_s3_access_point",
        each="point",
        service="s3control",
        look="""
            found = s3control.get_access_point(AccountId=point["account_id"], Name=point["name"])
            assert found["Bucket"] == point["bucket"]
        """,
    ),
)
