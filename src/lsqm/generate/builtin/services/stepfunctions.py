"""Step Functions: state machines and activities."""

from lsqm.generate.builtin.recipe import Behaviour, Recipe, Setting

RECIPES = (
    Recipe(
        type="aws_sfn_state_machine",
        each="machine",
        service="stepfunctions",
        look="""
            found = stepfunctions.describe_state_machine(stateMachineArn=machine["arn"])
            assert found["status"] == "ACTIVE"
            assert found["roleArn"] == machine["role_arn"]
            assert json.loads(found["definition"]) == json.loads(machine["definition"])
        """,
        settings=(Setting("type", 'found["type"]'), Setting("name", 'found["name"]')),
        behaviours=(
            Behaviour(
                name="executes",
                doc="An execution starts, keeps its input, and succeeds if the machine needs nothing but itself.",
                when=lambda block, _design: block.get("type") in (None, "STANDARD"),
                body="""
                    question = json.dumps({"asked": "by lsqm"})
                    started = stepfunctions.start_execution(stateMachineArn=machine["arn"], name=unique(), input=question)
                    execution = stepfunctions.describe_execution(executionArn=started["executionArn"])
                    assert execution["stateMachineArn"] == machine["arn"]
                    assert json.loads(execution["input"]) == {"asked": "by lsqm"}
                    history = stepfunctions.get_execution_history(executionArn=started["executionArn"])["events"]
                    assert history[0]["type"] == "ExecutionStarted"
                    if runs_by_itself(machine["definition"]):
                        done = eventually(lambda started=started: finished(stepfunctions, started["executionArn"]))
                        assert done["status"] == "SUCCEEDED"
                """,
            ),
        ),
    ),
    Recipe(
        type="aws_sfn_activity",
        each="activity",
        service="stepfunctions",
        look="""
            found = stepfunctions.describe_activity(activityArn=activity["id"])
            assert found["name"] == activity["name"]
        """,
    ),
)
