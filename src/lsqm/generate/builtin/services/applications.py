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
            assert [entry["jobDefinitionName"] for entry in found] == [definition["name"]]
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
)
