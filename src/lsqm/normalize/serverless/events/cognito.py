"""`cognitoUserPool`: user pools whose triggers are functions, new ones or (through a helper) existing ones."""

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, allow, get_att, permission, resource, sub
from lsqm.normalize.serverless.custom_resources import USER_POOL, add_helper, custom, helper_id
from lsqm.normalize.serverless.stack import Event, Stack

_SENDERS = {"CustomSMSSender", "CustomEmailSender"}


def add(stack: Stack) -> None:
    pools: dict[str, list[Event]] = {}
    for event in stack.events("cognitoUserPool"):
        if not event.options.get("existing"):
            pools.setdefault(str(event.options.get("pool")), []).append(event)
    for pool, events in pools.items():
        pool_id = f"CognitoUserPool{naming.alphanumeric(pool)}"
        triggers: Json = {}
        for event in events:
            triggers |= _trigger(event)
        depends = [event.function.alias_id or event.function.id for event in events]
        properties: Json = {"UserPoolName": pool, "LambdaConfig": triggers}
        stack.resources[pool_id] = resource("AWS::Cognito::UserPool", properties, depends_on=depends)
        for event in events:
            source = f"TriggerSource{naming.alphanumeric(str(event.options.get('trigger')))}"
            permission_id = f"{event.function.prefix}LambdaPermission{pool_id}{source}"
            granted = permission(event.function, "cognito-idp.amazonaws.com", source_arn=get_att(pool_id))
            stack.resources[permission_id] = granted
    _add_existing(stack)


def _trigger(event: Event) -> Json:
    options = event.options
    kind, target = str(options.get("trigger")), event.function.target
    if kind in _SENDERS:
        sender = {"LambdaArn": target, "LambdaVersion": options.get("lambdaVersion") or "V1_0"}
        return {kind: sender, "KMSKeyID": options.get("kmsKeyId")}
    if kind == "PreTokenGeneration" and options.get("lambdaVersion"):
        return {"PreTokenGenerationConfig": {"LambdaArn": target, "LambdaVersion": options["lambdaVersion"]}}
    return {kind: target}


def _add_existing(stack: Stack) -> None:
    statements: list[Json] = []
    by_pool: dict[str, list[str]] = {}
    functions: dict[str, None] = {}
    for event in stack.events("cognitoUserPool"):
        options, function = event.options, event.function
        if not options.get("existing"):
            continue
        functions[function.name] = None
        logical_id = f"{function.prefix}CustomCognitoUserPool1"
        settings: Json = {"Trigger": options.get("trigger")}
        if settings["Trigger"] in _SENDERS:
            settings |= {"LambdaVersion": options.get("lambdaVersion") or "V1_0", "KMSKeyID": options.get("kmsKeyId")}
        elif settings["Trigger"] == "PreTokenGeneration" and options.get("lambdaVersion"):
            settings["LambdaVersion"] = options["lambdaVersion"]
        if logical_id in stack.resources:
            stack.resources[logical_id]["Properties"]["UserPoolConfigs"].append(settings)
            continue
        pool = str(options.get("pool"))
        same = by_pool.setdefault(pool, [])
        properties: Json = {"FunctionName": function.name, "UserPoolName": pool, "UserPoolConfigs": [settings]}
        depends = [function.id, helper_id(USER_POOL), *same[-1:]]
        stack.resources[logical_id] = custom("CognitoUserPool", USER_POOL, properties, depends_on=depends)
        same.append(logical_id)
        actions = [f"cognito-idp:{verb}" for verb in ("ListUserPools", "DescribeUserPool", "UpdateUserPool")]
        statements.append(allow(actions, "*"))
    if not statements:
        return
    for name in functions:
        where = sub(f"arn:${{AWS::Partition}}:lambda:*:*:function:{name}")
        statements.append(allow(["lambda:AddPermission", "lambda:RemovePermission"], where))
    every = sub("arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*")
    statements.append(allow(["lambda:RemovePermission"], every))
    statements.append(allow(["iam:PassRole"], sub("arn:${AWS::Partition}:iam::*:role/*")))
    add_helper(stack, USER_POOL, statements)
