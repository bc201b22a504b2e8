"""The AWS provider for Terraform: where on this machine it lies, or getting it once into lsqm's own mirror.

Order: `TF_CLI_CONFIG_FILE` when it names a file, Terraform's own plugin directories, lsqm's mirror, a filesystem mirror
under the usual prefixes, the registry.
"""

import os
import platform
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from lsqm.errors import Unavailable

PROVIDER = "registry.terraform.io/hashicorp/aws"
PROVIDER_VERSION = "5.100.0"
"""Used unless a mirror holds another one; a result records which it was."""
_MIRROR_DEPTH = 4


def machine() -> tuple[str, str]:
    """Operating system and processor as Terraform's releases spell them, such as `("linux", "amd64")`."""
    processor = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine().lower())
    return platform.system().lower(), processor


def plugin_directories(home: Path) -> tuple[Path, ...]:
    """Terraform's implied local mirror directories on Unix (its CLI configuration documentation lists them)."""
    return (
        home / ".terraform.d" / "plugins",
        home / ".local" / "share" / "terraform" / "plugins",
        Path("/usr/local/share/terraform/plugins"),
        Path("/usr/share/terraform/plugins"),
    )


def usual_prefixes(home: Path) -> tuple[Path, ...]:
    """Where a filesystem mirror is looked for, a few levels deep."""
    return (Path("/usr/local"), Path("/usr/share"), Path("/opt"), home)


def find_mirror(candidates: Iterable[Path], prefixes: Iterable[Path]) -> tuple[Path, str] | None:
    """The first folder that is a filesystem mirror with an AWS provider for this machine, and the provider's version.

    Args:
        candidates: folders that may be mirrors themselves.
        prefixes: folders below which a mirror may lie, `_MIRROR_DEPTH` levels deep at most.
    """
    for folder in candidates:
        if version := mirrored_version(folder):
            return folder, version
    for prefix in prefixes:
        for folder in _folders(prefix, _MIRROR_DEPTH):
            if version := mirrored_version(folder):
                return folder, version
    return None


def mirrored_version(folder: Path) -> str:
    """The AWS provider version that a mirror holds for this machine: the pinned one if it is there, else the newest."""
    system, processor = machine()
    versions = []
    for path in _listed(folder / PROVIDER):
        if (path / f"{system}_{processor}").is_dir():
            versions.append(path.name)
        elif path.name.endswith(f"_{system}_{processor}.zip"):
            versions.append(path.name.split("_")[1])
    if PROVIDER_VERSION in versions:
        return PROVIDER_VERSION
    return max(versions, key=_version_key, default="")


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else -1 for part in version.split("."))


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


_NEVER_A_MIRROR = frozenset(
    {"node_modules", "site-packages", "doc", "man", "locale", "icons", "fonts", ".git", ".cache"}
)


def _folders(prefix: Path, depth: int) -> Iterator[Path]:
    """Folders below `prefix`, shallow ones first, without following links."""
    level: Sequence[Path] = (prefix,)
    for _ in range(depth):
        below = [
            path
            for folder in level
            for path in _listed(folder)
            if path.name not in _NEVER_A_MIRROR and not path.is_symlink() and path.is_dir()
        ]
        yield from level
        level = below


def provider_config(
    *,
    folder: Path,
    environment: Mapping[str, str],
    mirror: str,
    terraform: Path,
    note: Callable[[str], None],
) -> tuple[Path, str, str, Path | None]:
    """The CLI configuration file to use, the provider version, where it comes from in words, and the mirror.

    Raises:
        Unavailable: no provider on this machine and the registry cannot be reached, or the configured mirror is empty.
    """
    given = environment.get("TF_CLI_CONFIG_FILE", "")
    if given and Path(given).is_file() and not mirror:
        return Path(given), "", f"TF_CLI_CONFIG_FILE {given}", None
    if mirror:
        version = mirrored_version(Path(mirror))
        if not version:
            raise Unavailable(
                f"terraform_mirror {mirror} holds no {PROVIDER} for this machine",
                hint=f"Fill it: terraform providers mirror {mirror}",
            )
        return _write_config(folder, Path(mirror)), version, f"mirror {mirror}", Path(mirror)
    home = Path(environment.get("HOME") or "/nonexistent")
    own = folder / "provider-mirror"
    found = find_mirror((*plugin_directories(home), own), usual_prefixes(home))
    if found is None:
        note(f"no AWS provider on this machine; getting {PROVIDER_VERSION} from the registry (700 MB unpacked)")
        download_provider(terraform, own)
        found = own, PROVIDER_VERSION
    path, version = found
    return _write_config(folder, path), version, f"mirror {path}", path


def _write_config(folder: Path, mirror: Path) -> Path:
    # Concurrent inits only read a filesystem mirror, so unlike a plugin cache it is safe (hashicorp/terraform#31964).
    text = (
        "# Written by lsqm.\n"
        "disable_checkpoint = true\n"
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        f'    path    = "{mirror}"\n'
        '    include = ["registry.terraform.io/*/*"]\n'
        "  }\n"
        "}\n"
    )
    path = folder / "terraformrc"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    return path


def download_provider(terraform: Path, mirror: Path) -> None:
    """Fill a filesystem mirror with the pinned AWS provider, unpacked so that init only links to it.

    Raises:
        Unavailable: the registry cannot be reached.
    """
    system, processor = machine()
    with tempfile.TemporaryDirectory(prefix="lsqm-provider-") as scratch:
        work = Path(scratch)
        (work / "versions.tf").write_text(
            "terraform {\n  required_providers {\n    aws = {\n"
            f'      source  = "hashicorp/aws"\n      version = "{PROVIDER_VERSION}"\n    }}\n  }}\n}}\n',
            encoding="utf-8",
        )
        packed = work / "packed"
        try:
            subprocess.run(
                [str(terraform), "providers", "mirror", f"-platform={system}_{processor}", str(packed)],
                cwd=work,
                capture_output=True,
                timeout=1200,
                check=True,
                env={"CHECKPOINT_DISABLE": "1", "HOME": scratch, "PATH": os.defpath, "TF_CLI_CONFIG_FILE": os.devnull},
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise Unavailable(
                f"the AWS provider {PROVIDER_VERSION} is not here and the Terraform registry did not give it",
                hint="Connect to the internet once, or put a filesystem mirror under ~/.terraform.d/plugins.",
            ) from error
        for archive in (packed / PROVIDER).glob("*.zip"):
            target = mirror / PROVIDER / PROVIDER_VERSION / f"{system}_{processor}"
            target.parent.mkdir(parents=True, exist_ok=True)
            unpacked = work / "unpacked"
            with zipfile.ZipFile(archive) as package:
                package.extractall(unpacked)
            for path in unpacked.glob("terraform-provider-*"):
                path.chmod(0o755)
            if not target.exists():
                shutil.move(str(unpacked), target)
