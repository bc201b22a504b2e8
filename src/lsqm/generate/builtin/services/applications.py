"""Who logs in, what is mailed, built and watched: Cognito, AppSync, SES, CodeBuild, CloudTrail, WAF, Batch, groups."""

from lsqm.generate.builtin.recipe import Kind, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_cognito_user_pool",
        each="pool",
        service="cognito-idp",
        look="""
            found = cognito_idp.describe_user_pool(UserPoolId=pool["id"])["UserPool"]
            assert found["Name"] == pool["name"]
        """,
        settings=(
            Setting("mfa_configuration", 'found["MfaConfiguration"]'),
            Setting(
                "password_policy.minimum_length",
                'found["Policies"]["PasswordPolicy"]["MinimumLength"]',
                Kind.NUMBER,
            ),
            Setting("auto_verified_attributes", 'found["AutoVerifiedAttributes"]', Kind.SET),
        ),
    ),
    Recipe(
        type="aws_cognito_user_pool_client",
        each="door",
        service="cognito-idp",
        look="""
            found = cognito_idp.describe_user_pool_client(UserPoolId=door["user_pool_id"], ClientId=door["id"])
            assert found["UserPoolClient"]["ClientName"] == door["name"]
        """,
        settings=(Setting("explicit_auth_flows", 'found["UserPoolClient"]["ExplicitAuthFlows"]', Kind.SET),),
    ),
    Recipe(
        type="aws_cognito_user_pool_domain",
        each="domain",
        service="cognito-idp",
        look="""
            found = cognito_idp.describe_user_pool_domain(Domain=domain["domain"])["DomainDescription"]
            assert found["UserPoolId"] == domain["user_pool_id"]
        """,
    ),
    Recipe(
        type="aws_cognito_user_group",
        each="group",
        service="cognito-idp",
        look="""
            found = cognito_idp.get_group(UserPoolId=group["user_pool_id"], GroupName=group["name"])["Group"]
            assert found["GroupName"] == group["name"]
        """,
        settings=(Setting("description", 'found["Description"]'),),
    ),
    Recipe(
        type="aws_cognito_identity_pool",
        each="pool",
        service="cognito-identity",
        look="""
            found = cognito_identity.describe_identity_pool(IdentityPoolId=pool["id"])
            assert found["IdentityPoolName"] == pool["identity_pool_name"]
        """,
        settings=(Setting("allow_unauthenticated_identities", 'found["AllowUnauthenticatedIdentities"]', Kind.FLAG),),
    ),
    Recipe(
        type="aws_appsync_graphql_api",
        each="api",
        service="appsync",
        look="""
            found = appsync.get_graphql_api(apiId=api["id"])["graphqlApi"]
            assert (found["name"], found["authenticationType"]) == (api["name"], api["authentication_type"])
        """,
    ),
    Recipe(
        type="aws_appsync_datasource",
        each="source",
        service="appsync",
        look="""
            found = appsync.get_data_source(apiId=source["api_id"], name=source["name"])["dataSource"]
            assert found["type"] == source["type"]
        """,
    ),
    Recipe(
        type="aws_appsync_resolver",
        each="resolver",
        service="appsync",
        look="""
            found = appsync.get_resolver(apiId=resolver["api_id"], typeName=resolver["type"], fieldName=resolver["field"])
            assert found["resolver"]["resolverArn"] == resolver["arn"]
        """,
    ),
    Recipe(
        type="aws_codepipeline",
        each="pipeline",
        service="codepipeline",
        look="""
            found = codepipeline.get_pipeline(name=pipeline["name"])["pipeline"]
            assert [stage["name"] for stage in found["stages"]] == [stage["name"] for stage in pipeline["stage"]]
        """,
    ),
    Recipe(
        type="aws_ses_email_identity",
        each="identity",
        service="ses",
        look="""
            assert identity["email"] in ses.list_identities(IdentityType="EmailAddress")["Identities"]
        """,
    ),
    Recipe(
        type="aws_ses_domain_identity",
        each="identity",
        service="ses",
        look="""
            assert identity["domain"] in ses.list_identities(IdentityType="Domain")["Identities"]
        """,
    ),
    Recipe(
        type="aws_codebuild_project",
        each="project",
        service="codebuild",
        look="""
            [found] = codebuild.batch_get_projects(names=[project["name"]])["projects"]
            assert found["arn"] == project["arn"]
        """,
        settings=(Setting("source.type", 'found["source"]["type"]'),),
    ),
    Recipe(
        type="aws_cloudtrail",
        each="trail",
        service="cloudtrail",
        look="""
            found = cloudtrail.get_trail(Name=trail["arn"])["Trail"]
            assert found["S3BucketName"] == trail["s3_bucket_name"]
        """,
        settings=(Setting("is_multi_region_trail", 'found["IsMultiRegionTrail"]', Kind.FLAG),),
    ),
    Recipe(
        type="aws_wafv2_web_acl",
        each="acl",
        service="wafv2",
        look="""
            found = wafv2.get_web_acl(Name=acl["name"], Scope=acl["scope"], Id=acl["id"])["WebACL"]
            assert found["ARN"] == acl["arn"]
            assert {rule["Name"] for rule in found["Rules"]} == {rule["name"] for rule in acl["rule"]}
        """,
    ),
    Recipe(
        type="aws_wafv2_ip_set",
        each="addresses",
        service="wafv2",
        look="""
            found = wafv2.get_ip_set(Name=addresses["name"], Scope=addresses["scope"], Id=addresses["id"])["IPSet"]
            assert sorted(found["Addresses"]) == sorted(addresses["addresses"])
        """,
    ),
    Recipe(
        type="aws_batch_job_queue",
        each="queue",
        service="batch",
        look="""
            [found] = batch.describe_job_queues(jobQueues=[queue["name"]])["jobQueues"]
            assert (found["jobQueueArn"], found["state"]) == (queue["arn"], queue["state"])
        """,
    ),
    Recipe(
        type="aws_batch_job_definition",
        each="definition",
        service="batch",
        look="""
            found = batch.describe_job_definitions(jobDefinitions=[definition["arn"]])["jobDefinitions"]
            assert [(entry["jobDefinitionName"], entry["status"]) for entry in found] == [(definition["name"], "ACTIVE")]
        """,
    ),
    Recipe(
        type="aws_resourcegroups_group",
        each="group",
        service="resource-groups",
        look="""
            found = resource_groups.get_group(GroupName=group["name"])["Group"]
            assert found["GroupArn"] == group["arn"]
        """,
    ),
    Recipe(
        type="aws_config_configuration_recorder",
        each="recorder",
        service="config",
        look="""
            answer = config.describe_configuration_recorders(ConfigurationRecorderNames=[recorder["name"]])
            [found] = answer["ConfigurationRecorders"]
            assert found["roleARN"] == recorder["role_arn"]
        """,
    ),
    Recipe(
        type="aws_config_delivery_channel",
        each="channel",
        service="config",
        look="""
            [found] = config.describe_delivery_channels(DeliveryChannelNames=[channel["name"]])["DeliveryChannels"]
            assert found["s3BucketName"] == channel["s3_bucket_name"]
        """,
    ),
    Recipe(
        type="aws_config_config_rule",
        each="rule",
        service="config",
        look="""
            [found] = config.describe_config_rules(ConfigRuleNames=[rule["name"]])["ConfigRules"]
            assert found["ConfigRuleArn"] == rule["arn"]
            assert found["Source"]["SourceIdentifier"] == rule["source"][0]["source_identifier"]
        """,
    ),
    Recipe(
        type="aws_ses_configuration_set",
        each="configuration",
        service="ses",
        look="""
            found = ses.describe_configuration_set(ConfigurationSetName=configuration["name"])
            assert found["ConfigurationSet"]["Name"] == configuration["name"]
        """,
    ),
    Recipe(
        type="aws_ses_template",
        each="mail",
        service="ses",
        look="""
            found = ses.get_template(TemplateName=mail["name"])["Template"]
            assert found["SubjectPart"] == mail["subject"]
        """,
    ),
    Recipe(
        type="aws_cognito_identity_pool_roles_attachment",
        each="attachment",
        service="cognito-identity",
        look="""
            found = cognito_identity.get_identity_pool_roles(IdentityPoolId=attachment["identity_pool_id"])
            assert found["Roles"] == attachment["roles"]
        """,
    ),
    Recipe(
        type="aws_cognito_resource_server",
        each="server",
        service="cognito-idp",
        look="""
            found = cognito_idp.describe_resource_server(
                UserPoolId=server["user_pool_id"], Identifier=server["identifier"]
            )["ResourceServer"]
            assert found["Name"] == server["name"]
            assert sorted(scope["ScopeName"] for scope in found.get("Scopes", [])) == sorted(
                scope["scope_name"] for scope in server["scope"]
            )
        """,
    ),
    Recipe(
        type="aws_wafv2_web_acl_association",
        each="association",
        service="wafv2",
        look="""
            found = wafv2.get_web_acl_for_resource(ResourceArn=association["resource_arn"])
            assert found["WebACL"]["ARN"] == association["web_acl_arn"]
        """,
    ),
    Recipe(
        type="aws_batch_compute_environment",
        each="environment",
        service="batch",
        look="""
            names = [environment["compute_environment_name"]]
            [found] = batch.describe_compute_environments(computeEnvironments=names)["computeEnvironments"]
            assert found["computeEnvironmentArn"] == environment["arn"]
            assert found["status"] not in ("DELETING", "DELETED")
        """,
    ),
)
