"""Terraform's state file as the documents that apps read, without starting Terraform and its provider once more.

The layout of `values` follows `terraform show -json` (the "values representation" of Terraform's JSON output format);
the state file is format version 4.
"""

import json
from collections.abc import Mapping
from typing import Any


def state_document(state: Mapping[str, Any]) -> dict[str, Any]:
    """What `LSQM_STATE` points to: every applied resource instance by module, with its attributes."""
    root: dict[str, Any] = {"resources": [], "child_modules": []}
    modules: dict[str, dict[str, Any]] = {}
    for resource in state.get("resources", ()):
        name = resource.get("module", "")
        if not name:
            module = root
        elif name in modules:
            module = modules[name]
        else:
            module = modules[name] = {"address": name, "resources": []}
            root["child_modules"].append(module)
        module["resources"] += [_instance(resource, name, instance) for instance in resource.get("instances", ())]
    return {
        "format_version": "1.0",
        "terraform_version": state.get("terraform_version", ""),
        "values": _values(state, root),
    }


def outputs_document(state: Mapping[str, Any]) -> dict[str, Any]:
    """What `LSQM_OUTPUTS` points to: name → `{"value": …, "sensitive": …}`, as `terraform output -json` prints."""
    return {
        name: {"value": output.get("value"), "sensitive": bool(output.get("sensitive"))}
        for name, output in state.get("outputs", {}).items()
    }


def _values(state: Mapping[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    return {"outputs": outputs_document(state), "root_module": root}


def _instance(resource: Mapping[str, Any], module: str, instance: Mapping[str, Any]) -> dict[str, Any]:
    mode, kind, name = resource["mode"], resource["type"], resource["name"]
    address = f"{'data.' if mode == 'data' else ''}{kind}.{name}"
    attributes = instance.get("attributes", {})
    if kind == "terraform_data":
        attributes = {key: _plain(value) for key, value in attributes.items()}
    shown: dict[str, Any] = {"mode": mode, "type": kind, "name": name, "values": attributes}
    if "index_key" in instance:
        shown["index"] = instance["index_key"]
        address += f"[{json.dumps(instance['index_key'])}]"
    shown["address"] = f"{module}.{address}" if module else address
    return shown


def _plain(value: Any) -> Any:
    """The value of an attribute without a type of its own: the state file keeps the type of the value beside it."""
    return value["value"] if isinstance(value, dict) and set(value) == {"value", "type"} else value
