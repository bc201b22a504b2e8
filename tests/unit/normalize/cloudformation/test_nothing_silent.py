"""What has no place in Terraform is said, also where a hook took the property and never looked at a member of it."""

import pytest

from lsqm.normalize.cloudformation import convert_template
from lsqm.normalize.cloudformation.watched import unread, watched


def converted(resource: str):
    made = convert_template(f"Resources:\n  Thing: {resource}\n".encode(), file="t.yaml")
    said = [item.message.split(":")[0] for item in made.diagnostics if item.code == "property-dropped"]
    return " ".join(made.files["main.tf"].decode().split()), said


def test_a_member_that_nobody_read_is_named():
    value = watched({"Read": 1, "Unread": 2, "Inner": {"Read": [{"Deep": 1}], "Unread": 1}, "Whole": {"A": {"B": 1}}})
    assert value["Read"] == 1
    assert value.get("Inner")["Read"]
    assert dict(value["Whole"]) == {"A": {"B": 1}}
    assert list(unread(value)) == [("Unread",), ("Inner", "Read", 0, "Deep"), ("Inner", "Unread")]


@pytest.mark.parametrize(
    ("resource", "dropped"),
    [
        (
            (
                "{Type: AWS::EC2::Instance, Properties: {ImageId: ami-1, NetworkInterfaces:"
                " [{DeviceIndex: 0, SubnetId: subnet-1, DeleteOnTermination: false, Description: first}]}}"
            ),
            ["NetworkInterfaces.DeleteOnTermination", "NetworkInterfaces.Description"],
        ),
        (
            (
                "{Type: AWS::EC2::Instance, Properties: {ImageId: ami-1, NetworkInterfaces:"
                " [{DeviceIndex: 0, SubnetId: subnet-1, DeleteOnTermination: true}]}}"
            ),
            [],
        ),
        (
            (
                "{Type: AWS::S3::Bucket, Properties: {NotificationConfiguration:"
                " {QueueConfigurations: [{Event: 's3:ObjectCreated:*', Queue: 'arn:aws:sqs:us-east-1:1:q', Odd: 1}]}}}"
            ),
            ["NotificationConfiguration.QueueConfigurations.Odd"],
        ),
        (
            (
                "{Type: AWS::EMR::Cluster, Properties: {Name: a, ReleaseLabel: emr-7.0.0, ServiceRole: s, JobFlowRole: j,"
                " Instances: {HadoopVersion: '2', MasterInstanceGroup: {InstanceType: m5.xlarge, InstanceCount: 1}},"
                " Steps: [{Name: s, ActionOnFailure: CONTINUE, HadoopJarStep: {Jar: a.jar, Odd: 1}}]}}"
            ),
            ["Instances.HadoopVersion", "Steps.HadoopJarStep.Odd"],
        ),
        (
            (
                "{Type: AWS::Route53::RecordSet, Properties: {HostedZoneId: Z1, Name: a.example.com, Type: A, TTL: '60',"
                " AliasTarget: {DNSName: b.example.com, HostedZoneId: Z2}}}"
            ),
            ["TTL"],
        ),
    ],
)
def test_what_has_no_place_is_said(resource: str, dropped: list[str]):
    assert converted(resource)[1] == dropped


@pytest.mark.parametrize(
    ("resource", "wanted"),
    [
        (
            ("{Type: AWS::S3::Bucket, Properties: {ReplicationConfiguration: {Role: 'arn:aws:iam::1:role/r', Rules: ["
            "{Status: Enabled, Filter: {TagFilter: {Key: a, Value: b}}, SourceSelectionCriteria: {ReplicaModifications:"
            " {Status: Enabled}}, Destination: {Bucket: 'arn:aws:s3:::b', AccessControlTranslation: {Owner:"
            " Destination}, ReplicationTime: {Status: Enabled, Time: {Minutes: 15}}}}]}}}"),
            ['filter { tag { key = "a" value = "b" } }', 'owner = "Destination"', "time { minutes = 15 }",
             "replica_modifications", 'id = "rule-1"'],
        ),
        (
            "{Type: AWS::Glue::Database, Properties: {CatalogId: '123456789012', DatabaseInput: {Name: d}}}",
            ['catalog_id = "123456789012"'],
        ),
        (
            ("{Type: AWS::Budgets::Budget, Properties: {Budget: {BudgetType: COST, TimeUnit: MONTHLY, BudgetLimit:"
            " {Amount: 5, Unit: USD}, CostFilters: {Service: [Amazon S3]}, TimePeriod: {Start: '1225864800'}},"
            " NotificationsWithSubscribers: [{Notification: {ComparisonOperator: GREATER_THAN, NotificationType: ACTUAL,"
            " Threshold: 80}, Subscribers: [{SubscriptionType: EMAIL, Address: a@example.com}]}]}}"),
            ['time_period_start = "2008-11-05_06:00"', 'cost_filter { name = "Service" values = ["Amazon S3"] }',
             'subscriber_email_addresses = ["a@example.com"]', 'limit_amount = "5"'],
        ),
        (
            ("{Type: AWS::EMR::Cluster, Properties: {Name: a, ReleaseLabel: emr-7.0.0, ServiceRole: s, JobFlowRole: j,"
            " AutoScalingRole: auto, BootstrapActions: [{Name: b, ScriptBootstrapAction: {Path: 's3://b/x'}}],"
            " Instances: {AdditionalMasterSecurityGroups: [sg-1, sg-2], MasterInstanceGroup: {InstanceType: m5.xlarge,"
            " InstanceCount: 1, EbsConfiguration: {EbsBlockDeviceConfigs: [{VolumeSpecification: {SizeInGB: 32,"
            " VolumeType: gp2}, VolumesPerInstance: 2}]}}}}}"),
            ['autoscaling_role = "auto"', 'bootstrap_action { name = "b" path = "s3://b/x" }',
             'ebs_config { size = 32 type = "gp2" volumes_per_instance = 2 }', "additional_master_security_groups"],
        ),
        (
            "{Type: AWS::IAM::User, Properties: {LoginProfile: {Password: secret, PasswordResetRequired: true}}}",
            ["password_reset_required = true"],
        ),
    ],
)  # fmt: skip
def test_what_has_a_place_is_there(resource: str, wanted: list[str]):
    main, dropped = converted(resource)
    assert [each for each in wanted if each not in main] == []
    assert dropped == []
