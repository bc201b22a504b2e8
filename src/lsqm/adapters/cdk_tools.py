"""Makes and finds the frozen environments for CDK apps: a virtual environment, a node_modules, an unpacked jsii cache.

They are made once per lock file, with network, before any app runs. Afterwards they are only read.
"""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from lsqm.errors import Unavailable
from lsqm.ports.cdk import CdkTools
from lsqm.ports.commands import Command, CommandResult, CommandRunner

_LOCKS = "lsqm.adapters.cdk_locks"
_PYTHON, _PACKAGE, _NODE = "python.txt", "package.json", "package-lock.json"
_READY = "ready.json"
_PASSED_ON = (
    "PIP_",
    "NPM_CONFIG_",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT",
    "REQUESTS_CA",
    "NODE_EXTRA_CA",
)
_HINT = "install Node.js 18 or newer with npm; without it CDK apps are skipped"
_WARM_UP = """
import importlib
for name in ("aws_cdk", "constructs", "cdk_nag", "aws_cdk.aws_msk_alpha", "cdklabs.cdk_verified_permissions",
             "cdklabs.cdk_validator_cfnguard", "cdk_ecr_deployment", "aws_cdk.aws_servicecatalog_alpha"):
    try:
        importlib.import_module(name)
    except ImportError as error:
        print(name, error)
"""
"""Importing a jsii package unpacks it into the cache; one that is too old for this library may refuse: left out."""


def _lock_files() -> dict[str, bytes]:
    return {name: resources.files(_LOCKS).joinpath(name).read_bytes() for name in (_PYTHON, _PACKAGE, _NODE)}


def locks_digest() -> str:
    """Digest of the libraries that CDK apps are synthesized with, whatever interpreter runs them."""
    return hashlib.sha256(b"\0".join(_lock_files().values())).hexdigest()


class FrozenCdkTools:
    """Implements `lsqm.ports.cdk.CdkToolbox` below one directory.

    Args:
        home: where the environments are kept, one directory per lock.
        runner: runs pip and npm.
        env: lsqm's own environment: `PATH`, and what pip and npm need to reach their registries.
        python: interpreter that the virtual environment is made from.
    """

    def __init__(
        self, home: Path, runner: CommandRunner, *, env: Mapping[str, str], python: Path = Path(sys.executable)
    ) -> None:
        self._runner = runner
        self._env = env
        self._python = python
        self._locks = _lock_files()
        digest = hashlib.sha256(b"\0".join(self._locks.values()) + sys.version.encode()).hexdigest()
        self.pin = f"sha256:{digest}"
        self._home = home / digest[:16]

    def find(self) -> CdkTools | None:
        """What an earlier `prepare` left behind, if node is still there."""
        node = self._node()
        if node is None or not (self._home / _READY).is_file():
            return None
        ready = json.loads((self._home / _READY).read_bytes())
        base = Path(ready["base"])
        return CdkTools(
            node=node,
            node_modules=self._home / "node" / "node_modules",
            python=self._home / "python" / "bin" / "python",
            jsii_cache=self._home / "jsii",
            read_only=(self._home, *([base] if base.is_dir() else []), node.resolve().parent),
            pin=self.pin,
        )

    def prepare(self) -> CdkTools:
        """Install from the lock files. Raises Unavailable when node, npm or a package cannot be had."""
        found = self.find()
        if found is not None:
            return found
        node, npm = self._node(), shutil.which("npm", path=self._env.get("PATH"))
        if node is None or npm is None:
            raise Unavailable("CDK apps cannot be synthesized: there is no Node.js with npm on PATH", hint=_HINT)
        shutil.rmtree(self._home, ignore_errors=True)
        for name in ("node", "jsii"):
            (self._home / name).mkdir(parents=True)
        for name, content in self._locks.items():
            (self._home / "node" / name).write_bytes(content)
        npm_flags = ("--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps")
        self._run(npm, "ci", *npm_flags, cwd=self._home / "node")
        self._run(str(self._python), "-m", "venv", str(self._home / "python"), cwd=self._home)
        python = str(self._home / "python" / "bin" / "python")
        pip_flags = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "-q")
        self._run(python, "-m", "pip", "install", *pip_flags, "-r", f"node/{_PYTHON}", cwd=self._home)
        self._run(python, "-c", _WARM_UP, cwd=self._home, JSII_RUNTIME_PACKAGE_CACHE_ROOT=str(self._home / "jsii"))
        base = self._run(python, "-c", "import sys; print(sys.base_prefix)", cwd=self._home)
        ready = {"base": base.stdout.decode().strip(), "pin": self.pin}
        (self._home / _READY).write_text(json.dumps(ready), "utf-8")
        made = self.find()
        assert made is not None
        return made

    def _node(self) -> Path | None:
        path = shutil.which("node", path=self._env.get("PATH"))
        return Path(path) if path else None

    def _run(self, *argv: str, cwd: Path, **more: str) -> CommandResult:
        env = {name: value for name, value in self._env.items() if name.upper().startswith(_PASSED_ON)}
        env |= {"PATH": self._env.get("PATH", ""), "HOME": str(cwd), "LANG": "C.UTF-8"} | more
        result = self._runner.run(Command(argv=argv, cwd=cwd, env=env, deadline_seconds=1200))
        if not result.ok:
            lines = result.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
            telling = [line for line in lines if re.search(r"error(?! code)", line, re.IGNORECASE)]
            complaint = (telling or lines[-1:])[0].strip()[:300]
            what = " ".join(Path(word).name if word.startswith("/") else word for word in argv[:3])
            hint = "check the connection to the package registries and try again"
            raise Unavailable(f"the CDK environment cannot be made: `{what}` fails: {complaint}", hint=hint)
        return result
