"""Several stacks as one template."""

from typing import Any

from lsqm.normalize.cdk import Template, joined


def stack(name: str, template: dict[str, Any], **nested: Template) -> Template:
    return Template(stack=name, template=template, nested=nested)


def test_one_stack_keeps_its_ids_and_loses_cdks_bookkeeping() -> None:
    template = {
        "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>"}, "P": {"Type": "String"}},
        "Rules": {"CheckBootstrapVersion": {}},
        "Resources": {
            "CDKMetadata": {"Type": "AWS::CDK::Metadata"},
            "T": {
                "Type": "AWS::SNS::Topic",
                "Properties": {"TopicName": {"Ref": "P"}, "DisplayName": {"Ref": "AWS::StackName"}},
            },
        },
    }
    made = joined([stack("App", template)])
    assert set(made) == {"AWSTemplateFormatVersion", "Parameters", "Resources"}
    assert set(made["Parameters"]) == {"P"}
    assert made["Resources"]["T"]["Properties"] == {"TopicName": {"Ref": "P"}, "DisplayName": "App"}


def test_imports_become_references_and_shared_ids_get_the_stacks_name() -> None:
    first = {
        "Resources": {"Q": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"O": {"Value": {"Fn::GetAtt": ["Q", "Arn"]}, "Export": {"Name": "First:O"}}},
    }
    second = {
        "Conditions": {"C": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "Q": {"Type": "AWS::SQS::Queue", "Condition": "C"},
            "P": {
                "Type": "AWS::SQS::QueuePolicy",
                "DependsOn": "Q",
                "Properties": {
                    "Queues": [{"Ref": "Q"}, {"Fn::If": ["C", {"Fn::GetAtt": "Q.Arn"}, {"Ref": "AWS::NoValue"}]}],
                    "Text": {"Fn::Sub": "${Q.Arn}-${AWS::Region}-${!Q}"},
                    "From": {"Fn::ImportValue": "First:O"},
                    "Abroad": {"Fn::ImportValue": "Elsewhere"},
                },
            },
        },
    }
    made = joined([stack("First", first), stack("Second-Stack", second)])
    assert set(made["Resources"]) == {"Q", "SecondStackQ", "P"}
    assert made["Resources"]["SecondStackQ"]["Condition"] == "C"
    policy = made["Resources"]["P"]
    assert policy["DependsOn"] == ["SecondStackQ"]
    assert policy["Properties"] == {
        "Queues": [
            {"Ref": "SecondStackQ"},
            {"Fn::If": ["C", {"Fn::GetAtt": ["SecondStackQ", "Arn"]}, {"Ref": "AWS::NoValue"}]},
        ],
        "Text": {"Fn::Sub": "${SecondStackQ.Arn}-${AWS::Region}-${!Q}"},
        "From": {"Fn::GetAtt": ["Q", "Arn"]},
        "Abroad": {"Fn::ImportValue": "Elsewhere"},
    }
    assert made["Outputs"] == {"O": {"Value": {"Fn::GetAtt": ["Q", "Arn"]}}}


def test_nested_stacks_unfold_with_parameters_and_outputs() -> None:
    inner = stack(
        "N",
        {
            "Parameters": {"Name": {"Type": "String"}, "Size": {"Type": "Number", "Default": 1}},
            "Resources": {
                "T": {
                    "Type": "AWS::SNS::Topic",
                    "Properties": {"TopicName": {"Fn::Sub": "x-${Name}"}, "N": {"Ref": "Size"}},
                }
            },
            "Outputs": {"Arn": {"Value": {"Ref": "T"}}},
        },
    )
    outer = {
        "Resources": {
            "B": {
                "Type": "AWS::S3::Bucket",
                "DependsOn": ["N"],
                "Properties": {"T": {"Fn::GetAtt": ["N", "Outputs.Arn"]}},
            },
            "N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": {"Name": {"Ref": "B"}}}},
        }
    }
    made = joined([stack("App", outer, N=inner)])
    assert set(made["Resources"]) == {"B", "AppNT"}
    assert made["Resources"]["AppNT"]["Properties"] == {
        "TopicName": {"Fn::Sub": ["x-${Name}", {"Name": {"Ref": "B"}}]},
        "N": {"Ref": "AppNSize"},
    }
    assert made["Resources"]["B"] == {"Type": "AWS::S3::Bucket", "DependsOn": [], "Properties": {"T": {"Ref": "AppNT"}}}
    assert made["Parameters"] == {"AppNSize": {"Type": "Number", "Default": 1}}
    assert "Outputs" not in made
