"""IAM: who may do what."""

from lsqm.generate.builtin.recipe import Kind, Recipe, Setting


def _inline(type_: str, each: str, operation: str, parameter: str, attribute: str) -> Recipe:
    """The policy that is written into a role, user or group."""
    return Recipe(
        type=type_,
        each=each,
        service="iam",
        look=f"""
            found = iam.{operation}({parameter}={each}["{attribute}"], PolicyName={each}["name"])
            assert effects(found["PolicyDocument"]) == effects({each}["policy"])
        """,
    )


def _attached(type_: str, operation: str, parameter: str, attribute: str) -> Recipe:
    """A managed policy that hangs on a role, user or group."""
    return Recipe(
        type=type_,
        each="attachment",
        service="iam",
        look=f"""
            found = pages(iam, "{operation}", "AttachedPolicies", {parameter}=attachment["{attribute}"])
            assert attachment["policy_arn"] in [policy["PolicyArn"] for policy in found]
        """,
    )


RECIPES = (
    Recipe(
        type="aws_iam_role",
        each="role",
        service="iam",
        look="""
            found = iam.get_role(RoleName=role["name"])["Role"]
            assert found["Arn"] == role["arn"]
            assert effects(found["AssumeRolePolicyDocument"]) == effects(role["assume_role_policy"])
        """,
        settings=(
            Setting("path", 'found["Path"]'),
            Setting("description", 'found["Description"]'),
            Setting("max_session_duration", 'found["MaxSessionDuration"]', Kind.NUMBER),
        ),
    ),
    _inline("aws_iam_role_policy", "policy", "get_role_policy", "RoleName", "role"),
    _inline("aws_iam_user_policy", "policy", "get_user_policy", "UserName", "user"),
    _inline("aws_iam_group_policy", "policy", "get_group_policy", "GroupName", "group"),
    _attached("aws_iam_role_policy_attachment", "list_attached_role_policies", "RoleName", "role"),
    _attached("aws_iam_user_policy_attachment", "list_attached_user_policies", "UserName", "user"),
    _attached("aws_iam_group_policy_attachment", "list_attached_group_policies", "GroupName", "group"),
    Recipe(
        type="aws_iam_policy",
        each="policy",
        service="iam",
        look="""
            found = iam.get_policy(PolicyArn=policy["arn"])["Policy"]
            assert found["PolicyName"] == policy["name"]
            version = iam.get_policy_version(PolicyArn=policy["arn"], VersionId=found["DefaultVersionId"])
            assert effects(version["PolicyVersion"]["Document"]) == effects(policy["policy"])
        """,
        settings=(Setting("path", 'found["Path"]'),),
    ),
    Recipe(
        type="aws_iam_instance_profile",
        each="profile",
        service="iam",
        look="""
            found = iam.get_instance_profile(InstanceProfileName=profile["name"])["InstanceProfile"]
            assert found["Arn"] == profile["arn"]
            assert [role["RoleName"] for role in found["Roles"]] == ([profile["role"]] if profile["role"] else [])
        """,
    ),
    Recipe(
        type="aws_iam_user",
        each="user",
        service="iam",
        look="""
            found = iam.get_user(UserName=user["name"])["User"]
            assert found["Arn"] == user["arn"]
        """,
        settings=(Setting("path", 'found["Path"]'),),
    ),
    Recipe(
        type="aws_iam_group",
        each="group",
        service="iam",
        look="""
            found = iam.get_group(GroupName=group["name"])["Group"]
            assert found["Arn"] == group["arn"]
        """,
        settings=(Setting("path", 'found["Path"]'),),
    ),
    Recipe(
        type="aws_iam_access_key",
        each="key",
        service="iam",
        look="""
            found = iam.list_access_keys(UserName=key["user"])["AccessKeyMetadata"]
            assert key["id"] in [entry["AccessKeyId"] for entry in found]
        """,
    ),
    Recipe(
        type="aws_iam_group_membership",
        each="membership",
        service="iam",
        look="""
            found = {user["UserName"] for user in iam.get_group(GroupName=membership["group"])["Users"]}
            assert set(membership["users"]) <= found
        """,
    ),
    Recipe(
        type="aws_iam_openid_connect_provider",
        each="provider",
        service="iam",
        look="""
            found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider["arn"])
            assert sorted(found["ClientIDList"]) == sorted(provider["client_id_list"])
        """,
    ),
    Recipe(
        type="aws_iam_account_password_policy",
        each="policy",
        service="iam",
        look="""
            found = iam.get_account_password_policy()["PasswordPolicy"]
            assert found["MinimumPasswordLength"] == policy["minimum_password_length"]
        """,
        settings=(
            Setting("minimum_password_length", 'found["MinimumPasswordLength"]', Kind.NUMBER),
            Setting("max_password_age", 'found.get("MaxPasswordAge", 0)', Kind.NUMBER),
            Setting("password_reuse_prevention", 'found.get("PasswordReusePrevention", 0)', Kind.NUMBER),
            Setting("require_symbols", 'found["RequireSymbols"]', Kind.FLAG),
            Setting("require_numbers", 'found["RequireNumbers"]', Kind.FLAG),
        ),
    ),
    Recipe(
        type="aws_iam_account_alias",
        each="alias",
        service="iam",
        look="""
            assert alias["account_alias"] in iam.list_account_aliases()["AccountAliases"]
        """,
    ),
    Recipe(
        type="aws_iam_user_login_profile",
        each="profile",
        service="iam",
        look="""
            found = iam.get_login_profile(UserName=profile["user"])["LoginProfile"]
            assert found["UserName"] == profile["user"]
        """,
    ),
    Recipe(
        type="aws_iam_user_ssh_key",
        each="key",
        service="iam",
        look="""
            found = iam.list_ssh_public_keys(UserName=key["username"])["SSHPublicKeys"]
            assert key["ssh_public_key_id"] in [entry["SSHPublicKeyId"] for entry in found]
        """,
    ),
    Recipe(
        type="aws_iam_saml_provider",
        each="provider",
        service="iam",
        look="""
            found = iam.list_saml_providers()["SAMLProviderList"]
            assert provider["arn"] in [entry["Arn"] for entry in found]
        """,
    ),
    Recipe(
        type="aws_iam_policy_attachment",
        each="attachment",
        service="iam",
        look="""
            found = iam.list_entities_for_policy(PolicyArn=attachment["policy_arn"])
            assert set(attachment["roles"] or []) <= {role["RoleName"] for role in found["PolicyRoles"]}
            assert set(attachment["users"] or []) <= {user["UserName"] for user in found["PolicyUsers"]}
            assert set(attachment["groups"] or []) <= {group["GroupName"] for group in found["PolicyGroups"]}
        """,
    ),
    Recipe(
        type="aws_iam_service_linked_role",
        each="role",
        service="iam",
        look="""
            found = iam.get_role(RoleName=role["name"])["Role"]
            assert found["Arn"] == role["arn"]
        """,
    ),
    Recipe(
        type="aws_iam_server_certificate",
        each="certificate",
        service="iam",
        look="""
            found = iam.get_server_certificate(ServerCertificateName=certificate["name"])["ServerCertificate"]
            assert found["ServerCertificateMetadata"]["Arn"] == certificate["arn"]
        """,
    ),
    Recipe(
        type="aws_iam_user_group_membership",
        each="membership",
        service="iam",
        look="""
            groups = pages(iam, "list_groups_for_user", "Groups", UserName=membership["user"])
            assert set(membership["groups"]) <= {group["GroupName"] for group in groups}
        """,
    ),
)
