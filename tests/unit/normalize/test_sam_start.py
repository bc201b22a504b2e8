"""The SAM transform without what it never asks for, in a process of its own: what is imported there stays imported."""

import json
import subprocess
import sys

_SCRIPT = """
import json, sys
from lsqm.normalize.sam import transform

said = []
complain = lambda name, what, effect: said.append([name, what])
function = {"Type": "AWS::Serverless::Function", "Properties": {
    "Handler": "a.b", "Runtime": "python3.12", "CodeUri": "src/",
    "Policies": [{"SQSPollerPolicy": {"QueueName": "q"}}]}}
plain = transform({"Resources": {"F": function}}, {}, complain=complain)
loaded = [name for name in ("boto3", "botocore", "jsonschema", "pydantic") if name in sys.modules]
graph = lambda auth: {"Type": "AWS::Serverless::GraphQLApi", "Properties": {
    "SchemaInline": "type Query { ok: Boolean }", "Auth": auth, "Logging": True}}
asked = transform({"Resources": {"Good": graph({"Type": "API_KEY"}), "Bad": graph({"Type": "NO_SUCH"})}}, {}, complain=complain)
json.dump({"plain": sorted(plain["Resources"]), "policies": plain["Resources"]["FRole"]["Properties"]["Policies"],
           "loaded": loaded, "asked": sorted(asked["Resources"]), "said": said}, sys.stdout)
"""


def test_a_function_needs_no_models_and_a_graphql_api_still_gets_them():
    ended = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True, timeout=300)
    found = json.loads(ended.stdout)

    assert found["plain"] == ["F", "FRole"]
    assert "sqs:ReceiveMessage" in json.dumps(found["policies"])
    assert found["loaded"] == []
    assert {"Good", "GoodSchema", "GoodCloudWatchRole"} <= set(found["asked"])
    assert [name for name, _ in found["said"]] == ["Bad"]
    assert "Property 'Auth.Type' is invalid" in found["said"][0][1]
