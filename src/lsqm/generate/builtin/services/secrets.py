"""KMS, Secrets Manager and SSM: keys, secrets and parameters."""

from lsqm.generate.builtin.recipe import Behaviour, Kind, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_kms_key",
        each="key",
        service="kms",
        look="""
            found = kms.describe_key(KeyId=key["key_id"])["KeyMetadata"]
            assert found["Arn"] == key["arn"]
            assert found["KeyState"] == ("Enabled" if key["is_enabled"] else "Disabled")
        """,
        settings=(
            Setting("description", 'found["Description"]'),
            Setting("key_usage", 'found["KeyUsage"]'),
            Setting("customer_master_key_spec", 'found["KeySpec"]'),
            Setting(
                "enable_key_rotation",
                'kms.get_key_rotation_status(KeyId=key["key_id"])["KeyRotationEnabled"]',
                Kind.FLAG,
            ),
        ),
        behaviours=(
            Behaviour(
                name="decrypts_what_it_encrypts",
                doc="A secret comes back from its ciphertext, and only in the context it was encrypted in.",
                when=lambda block, _design: (
                    block.get("key_usage") in (None, "ENCRYPT_DECRYPT")
                    and block.get("customer_master_key_spec") in (None, "SYMMETRIC_DEFAULT")
                    and block.get("is_enabled") in (None, True)
                ),
                body="""
                    context = {"purpose": "lsqm"}
                    sealed = kms.encrypt(KeyId=key["key_id"], Plaintext=b"secret", EncryptionContext=context)
                    assert b"secret" not in sealed["CiphertextBlob"]
                    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
                    assert opened["Plaintext"] == b"secret"
                    assert opened["KeyId"] == key["arn"]
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_kms_alias",
        each="alias",
        service="kms",
        look="""
            found = kms.describe_key(KeyId=alias["name"])["KeyMetadata"]
            assert found["KeyId"] == name_of(alias["target_key_id"])
        """,
    ),
    Recipe(
        type="aws_secretsmanager_secret",
        each="secret",
        service="secretsmanager",
        look="""
            found = secretsmanager.describe_secret(SecretId=secret["id"])
            assert found["ARN"] == secret["arn"]
            assert "DeletedDate" not in found
        """,
        settings=(Setting("name", 'found["Name"]'), Setting("description", 'found["Description"]')),
    ),
    Recipe(
        type="aws_secretsmanager_secret_version",
        each="version",
        service="secretsmanager",
        look="""
            found = secretsmanager.get_secret_value(SecretId=version["secret_id"], VersionId=version["version_id"])
            assert found.get("SecretString", "") == (version["secret_string"] or "")
            assert "AWSCURRENT" in found["VersionStages"]
        """,
    ),
    Recipe(
        type="aws_ssm_parameter",
        each="parameter",
        service="ssm",
        look="""
            found = ssm.get_parameter(Name=parameter["name"], WithDecryption=True)["Parameter"]
            assert found["ARN"] == parameter["arn"]
            assert found["Value"] == parameter["value"]
        """,
        settings=(Setting("type", 'found["Type"]'), Setting("value", 'found["Value"]')),
        behaviours=(
            Behaviour(
                name="hides_its_value_until_asked_to_decrypt",
                doc="A SecureString is ciphertext unless decryption is asked for.",
                when=lambda block, _design: block.get("type") == "SecureString",
                body="""
                    hidden = ssm.get_parameter(Name=parameter["name"])["Parameter"]
                    assert hidden["Value"] != parameter["value"]
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_ssm_document",
        each="document",
        service="ssm",
        look="""
            found = ssm.describe_document(Name=document["name"])["Document"]
            assert found["Name"] == document["name"]
        """,
        settings=(Setting("document_type", 'found["DocumentType"]'),),
    ),
    Recipe(
        type="aws_kms_grant",
        each="grant",
        service="kms",
        look="""
            found = {one["GrantId"]: one for one in pages(kms, "list_grants", "Grants", KeyId=grant["key_id"])}
            assert sorted(found[grant["grant_id"]]["Operations"]) == sorted(grant["operations"])
            assert found[grant["grant_id"]]["GranteePrincipal"] == grant["grantee_principal"]
        """,
    ),
    Recipe(
        type="aws_kms_external_key",
        each="key",
        service="kms",
        look="""
            found = kms.describe_key(KeyId=key["id"])["KeyMetadata"]
            assert (found["Arn"], found["Origin"]) == (key["arn"], "EXTERNAL")
            assert found["KeyState"] == key["key_state"]
        """,
        settings=(Setting("description", 'found["Description"]'),),
    ),
    Recipe(
        type="aws_kms_key_policy",
        each="policy",
        service="kms",
        look="""
            found = kms.get_key_policy(KeyId=policy["key_id"], PolicyName="default")["Policy"]
            assert effects(found) == effects(policy["policy"])
        """,
    ),
    Recipe(
        type="aws_secretsmanager_secret_policy",
        each="policy",
        service="secretsmanager",
        look="""
            found = secretsmanager.get_resource_policy(SecretId=policy["secret_arn"])["ResourcePolicy"]
            assert effects(found) == effects(policy["policy"])
        """,
    ),
    Recipe(
        type="aws_secretsmanager_secret_rotation",
        each="rotation",
        service="secretsmanager",
        look="""
            found = secretsmanager.describe_secret(SecretId=rotation["secret_id"])
            assert found["RotationEnabled"] is True
            assert found["RotationLambdaARN"] == rotation["rotation_lambda_arn"]
        """,
    ),
    Recipe(
        type="aws_ssm_association",
        each="association",
        service="ssm",
        look="""
            found = ssm.describe_association(AssociationId=association["association_id"])["AssociationDescription"]
            assert found["Name"] == association["name"]
        """,
    ),
)
