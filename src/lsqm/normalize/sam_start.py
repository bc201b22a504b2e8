"""Starts `aws-sam-translator` without what a transform offline never asks for: three quarters of its start.

It imports boto3 to talk to AWS, jsonschema to check its own policy templates, and pydantic models of resource types
that few templates use. The first two get empty stand-ins while it is imported; the models are imported when asked.
"""

import importlib
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_EMPTY = {
    "boto3": ("Session",),
    "botocore": (),
    "botocore.client": ("BaseClient",),
    "botocore.config": ("Config",),
    "botocore.exceptions": ("ClientError", "EndpointConnectionError"),
    "jsonschema": (),
    "jsonschema.exceptions": ("ValidationError",),
}
_MODELS = "samtranslator.internal.schema_source"
_LATE = (
    "samtranslator.compat",
    f"{_MODELS}.common",
    f"{_MODELS}.aws_serverless_capacity_provider",
    f"{_MODELS}.aws_serverless_function",
    f"{_MODELS}.aws_serverless_graphqlapi",
    f"{_MODELS}.aws_serverless_microvmimage",
    f"{_MODELS}.aws_serverless_networkconnector",
)


class _Late(type):
    """A class that stands for one of a module that is imported when somebody asks for more than its name."""

    module: str

    def _real(cls) -> Any:
        return getattr(importlib.import_module(cls.module), cls.__name__)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):  # what typing asks of any class
            raise AttributeError(name)
        return getattr(cls._real(), name)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls._real())


class _LateModule(types.ModuleType):
    """Any name is a class that stands for the real module's."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        late = _Late(name, (), {"module": self.__name__})
        setattr(self, name, late)
        return late


class _Pydantic:
    """pydantic as the translator names it: a base class for an annotation, and its errors once a model was asked."""

    BaseModel = object

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("samtranslator.compat").pydantic, name)


def _accept(*_: object) -> None:
    """The translator's check of its own policy templates, which are what it was released with."""


@contextmanager
def frugally() -> Iterator[None]:
    """Import the translator inside.

    Does nothing where another thread could import the real modules meanwhile, or somebody did before.
    """
    names = (*_EMPTY, *_LATE)
    if threading.active_count() > 1 or any(name in sys.modules for name in (*names, "samtranslator.model")):
        yield
        return
    for name, members in _EMPTY.items():
        module = types.ModuleType(name)
        for member in members:
            setattr(module, member, type(member, (Exception,), {}))
        sys.modules[name] = module
    sys.modules["jsonschema"].__dict__["validate"] = _accept
    for name in _LATE:
        sys.modules[name] = _LateModule(name)
    sys.modules["samtranslator.compat"].__dict__["pydantic"] = _Pydantic()
    sys.modules[f"{_MODELS}.common"].__dict__["SamIntrinsicable"] = dict
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        models = sys.modules.get(_MODELS)
        for name in _LATE:
            if models is not None:
                models.__dict__.pop(name.removeprefix(f"{_MODELS}."), None)
