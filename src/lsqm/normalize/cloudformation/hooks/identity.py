"""IAM, Secrets Manager, Systems Manager."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Call, Raw, Reference, Template, Value
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list, encoded, plain
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.parameters import text

_KINDS = {"aws_iam_role": "role", "aws_iam_user": "user", "aws_iam_group": "group"}


def iam_principal(r: Context) -> None:
    """Inline policies, attachments and memberships are resources of their own."""
    kind = _KINDS[r.made.type]
    name_of = r.own("name")
    policies = r.take("Policies")
    managed = r.take("ManagedPolicyArns")
    groups = r.take("Groups")
    profile = r.take("LoginProfile")
    for policy in as_list(policies):
        if not isinstance(policy, Mapping):
            continue
        name = policy.get("PolicyName", r.item.logical_id)
        words = snake(name) if isinstance(name, str) else "policy"
        wanted = words if words.startswith(r.made.name) else f"{r.made.name}_{words}"
        made = r.another(f"aws_iam_{kind}_policy", wanted)
        made.body.attributes |= {"name": name, kind: name_of, "policy": encoded(policy.get("PolicyDocument", {}))}
    for arn in as_list(managed):
        words = snake(_last_word(arn))
        made = r.another(f"aws_iam_{kind}_policy_attachment", f"{r.made.name}_{words}")
        made.body.attributes |= {kind: name_of, "policy_arn": arn}
    if groups:
        made = r.another("aws_iam_user_group_membership")
        made.body.attributes |= {"user": name_of, "groups": as_list(groups)}
    if profile is not None:
        made = r.another("aws_iam_user_login_profile")
        reset = profile.get("PasswordResetRequired", False) if isinstance(profile, Mapping) else False
        made.body.attributes |= {"user": name_of, "password_reset_required": plain(reset)}
        r.compiler.diagnostics.stand_in(
            (*r.path, "LoginProfile"), f"The password of {r.item.logical_id} is left to the provider to make."
        )
    if kind == "group":
        r.drop("Tags", "groups have no tags")


def _last_word(arn: Any) -> str:
    if isinstance(arn, str):
        return arn.rsplit("/", 1)[-1]
    if isinstance(arn, Template):
        last = arn.parts[-1]
        return last.rsplit("/", 1)[-1] if isinstance(last, str) else _last_word(last)
    if isinstance(arn, Reference):
        return arn.address.rsplit(".", 1)[-1]
    return "policy"


def iam_policy(r: Context) -> None:
    """One inline policy for each role, user and group."""
    name = r.take("PolicyName") or r.physical(128)
    policy = encoded(r.take("PolicyDocument") or {})
    owners = [
        (kind, owner)
        for kind, key in (("role", "Roles"), ("user", "Users"), ("group", "Groups"))
        for owner in as_list(r.take(key))
    ]
    if not owners:
        owners = [("role", r.physical())]
        r.compiler.diagnostics.stand_in(r.path, f"{r.item.logical_id} names no role; {owners[0][1]!r} is used.")
    for position, (kind, owner) in enumerate(owners):
        type_ = f"aws_iam_{kind}_policy"
        if position == 0 and type_ == r.made.type:
            body = r.body
        elif position == 0:
            r.rename(type_)
            body = r.body
        else:
            body = r.another(type_).body
        body.attributes |= {"name": name, kind: owner, "policy": policy}


def iam_managed_policy(r: Context) -> None:
    """A policy and its attachments."""
    for kind, key in (("role", "Roles"), ("user", "Users"), ("group", "Groups")):
        owners = as_list(r.take(key))
        for position, owner in enumerate(owners):
            suffix = f"_{position + 1}" if len(owners) > 1 else ""
            made = r.another(f"aws_iam_{kind}_policy_attachment", f"{r.item.logical_id}{suffix}")
            made.body.attributes |= {kind: owner, "policy_arn": r.own("arn")}


def secret(r: Context) -> None:
    """The secret's value is a version; a generated one comes from the provider's password data source."""
    generate = r.take("GenerateSecretString")
    value = r.take("SecretString")
    if value is None and not isinstance(generate, Mapping):
        return
    made = r.another("aws_secretsmanager_secret_version")
    made.body.attributes["secret_id"] = r.own("id")
    if value is not None:
        made.body.attributes["secret_string"] = (
            encoded(value) if not isinstance(value, (str, int, float, bool)) else text(value)
        )
        return
    assert isinstance(generate, Mapping)
    options: dict[str, Value] = {}
    for key, name, make in (
        ("PasswordLength", "password_length", int),
        ("ExcludeCharacters", "exclude_characters", text),
        ("ExcludeLowercase", "exclude_lowercase", _flag),
        ("ExcludeUppercase", "exclude_uppercase", _flag),
        ("ExcludeNumbers", "exclude_numbers", _flag),
        ("ExcludePunctuation", "exclude_punctuation", _flag),
        ("IncludeSpace", "include_space", _flag),
        ("RequireEachIncludedType", "require_each_included_type", _flag),
    ):
        if key in generate and not isinstance(generate[key], EXPRESSIONS):
            try:
                options[name] = make(generate[key])
            except (TypeError, ValueError):
                continue
    source = r.compiler.data("aws_secretsmanager_random_password", made.name, options)
    password = Reference(source.address, ".random_password")
    template, field = generate.get("SecretStringTemplate"), generate.get("GenerateStringKey")
    if field is None:
        made.body.attributes["secret_string"] = password
    else:
        from lsqm.normalize.cloudformation.hooks.functions import json_template  # noqa: PLC0415

        parsed = json_template(template) if template is not None else Call("jsonencode", ({},))
        if isinstance(parsed, Call) and isinstance(parsed.arguments[0], dict):
            whole: Value = {**parsed.arguments[0], text(field): password}
        elif isinstance(template, str) and template.strip() in {"", "{}"}:
            whole = {text(field): password}
        else:
            whole = Call("merge", (Call("jsondecode", (template,)), {text(field): password}))
        made.body.attributes["secret_string"] = Call("jsonencode", (whole,))
    made.body.add("lifecycle", ignore_changes=[Raw("secret_string")])


def _flag(value: Any) -> bool:
    return text(value).lower() == "true"


def secret_attachment(r: Context) -> None:
    """The attachment writes the database's address into the secret; here a version says which target it is."""
    target = r.take("TargetId")
    kind = r.take("TargetType")
    r.body.attributes["secret_id"] = r.take("SecretId")
    host: Value = target
    if isinstance(target, Reference):
        attribute = "endpoint" if "cluster" in target.address else "address"
        path = target.path.rsplit(".", 1)[0]
        host = Reference(target.address, f"{path}.{attribute}" if path.startswith("[") else f".{attribute}")
    content: dict[Any, Value] = {"host": host, "target": kind if kind is not None else ""}
    r.body.attributes["secret_string"] = Call("jsonencode", (content,))
    r.body.attributes["version_stages"] = ["ATTACHED"]
    r.compiler.diagnostics.add(
        "secret-attachment",
        r.path,
        "Secrets Manager writes the database's address into the secret itself",
        effect="A second version of the secret, staged ATTACHED, holds it.",
    )


def secret_rotation(r: Context) -> None:
    """Rotation rules are a block that must be there."""
    rules = r.take("RotationRules")
    hosted = r.take("HostedRotationLambda")
    body = r.body.first("rotation_rules")
    if isinstance(rules, Mapping):
        for key, name in (
            ("AutomaticallyAfterDays", "automatically_after_days"),
            ("Duration", "duration"),
            ("ScheduleExpression", "schedule_expression"),
        ):
            if key in rules:
                body.attributes[name] = rules[key]
    if body.empty:
        body.attributes["automatically_after_days"] = 30
    if hosted is not None:
        r.compiler.diagnostics.add(
            "property-dropped",
            (*r.path, "HostedRotationLambda"),
            "HostedRotationLambda: AWS makes that function through a macro",
            effect="Rotation has no function.",
        )
        if "RotationLambdaARN" not in r.properties:
            r.body.attributes["rotation_lambda_arn"] = "arn:aws:lambda:us-east-1:000000000000:function:rotation"


def ssm_document(r: Context) -> None:
    """Content is text: JSON, or what the template wrote as a mapping."""
    content = r.take("Content")
    r.body.attributes["content"] = encoded(content if content is not None else {})
    if isinstance(content, (Mapping, list)):
        r.properties.pop("DocumentFormat", None)
        r.body.attributes["document_format"] = "JSON"
    elif r.properties.get("DocumentFormat") is None and isinstance(content, str):
        r.body.attributes["document_format"] = "JSON" if content.lstrip().startswith("{") else "YAML"


def ssm_association(r: Context) -> None:
    """Parameters are text, lists become comma-separated."""
    parameters = r.take("Parameters")
    if isinstance(parameters, Mapping):
        r.body.attributes["parameters"] = {
            key: Call("join", (",", value))
            if isinstance(value, list) and any(isinstance(item, EXPRESSIONS) for item in value)
            else ",".join(text(item) for item in value)
            if isinstance(value, list)
            else value
            for key, value in parameters.items()
        }
    instance = r.take("InstanceId")
    if instance is not None:
        r.body.add("targets", key="InstanceIds", values=[instance])


HOOKS = {
    "iam_principal": iam_principal,
    "iam_policy": iam_policy,
    "iam_managed_policy": iam_managed_policy,
    "secret": secret,
    "secret_attachment": secret_attachment,
    "secret_rotation": secret_rotation,
    "ssm_document": ssm_document,
    "ssm_association": ssm_association,
}
