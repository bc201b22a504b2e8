"""Runs Python Lambda functions as a child of LocalStack itself: for test images without the Docker socket."""

import json
import os
import subprocess
import sys

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

CALL = """
import importlib, json, os, sys
sys.path.insert(0, os.getcwd())
answer = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
module, name = os.environ["_HANDLER"].rsplit(".", 1)
class Context:
    aws_request_id, function_name = os.environ["_REQUEST"], os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    invoked_function_arn, memory_limit_in_mb = os.environ["_ARN"], 128
    def get_remaining_time_in_millis(self): return 3000
try:
    value = getattr(importlib.import_module(module.replace("/", ".")), name)(json.load(sys.stdin), Context())
    answer.write(json.dumps([True, value]))
except Exception as error:
    answer.write(json.dumps([False, {"errorMessage": str(error), "errorType": type(error).__name__}]))
"""


class Here(RuntimeExecutor):
    def start(self, env_vars):
        self.variables = {name: str(value) for name, value in env_vars.items()}

    def stop(self):
        pass

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self):
        return ""

    def invoke(self, payload):
        settings = self.function_version.config
        if not str(settings.runtime or "").startswith("python"):
            return self._result(payload, False, f"runtime {settings.runtime} is not available in this image")
        names = {
            "_HANDLER": settings.handler,
            "_REQUEST": payload["invoke-id"],
            "_ARN": payload["invoked-function-arn"],
        }
        try:
            done = subprocess.run(
                [sys.executable, "-c", CALL],
                cwd=str(settings.code.get_unzipped_code_location()),
                env={"PATH": os.environ.get("PATH", ""), **self.variables, **names},
                input=payload["payload"] or "{}",
                capture_output=True,
                text=True,
                timeout=(settings.timeout or 3) + 10,  # AWS gives initialising 10 seconds of its own
            )
            good, value = json.loads(done.stdout)
        except subprocess.TimeoutExpired:
            said = f"RequestId: {payload['invoke-id']} Error: Task timed out after {settings.timeout or 3}.00 seconds"
            good, value = False, {"errorMessage": said, "errorType": "Sandbox.Timedout"}
        except ValueError as error:
            good, value = False, {"errorMessage": str(error), "errorType": "Runtime.ExitError"}
        return self._result(payload, good, value)

    def _result(self, payload, good, value):
        return InvocationResult(payload["invoke-id"], json.dumps(value).encode(), not good, "")

    @classmethod
    def prepare_version(cls, function_version):
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass


class HerePlugin(RuntimeExecutorPlugin):
    name = "here"

    def load(self, *args, **kwargs):
        return Here
