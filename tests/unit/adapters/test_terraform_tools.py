"""Terraform and its provider are found where they lie, and a download is trusted only with its own release's checksum."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lsqm.adapters import terraform_provider, terraform_tools
from lsqm.errors import Unavailable

SYSTEM, PROCESSOR = terraform_provider.machine()


def a_mirror(root: Path, version: str = "5.100.0") -> Path:
    (root / terraform_provider.PROVIDER / version / f"{SYSTEM}_{PROCESSOR}").mkdir(parents=True)
    return root


def config_for(tmp_path: Path, environment: dict[str, str], mirror: str = ""):
    return terraform_provider.provider_config(
        folder=tmp_path / "tools", environment=environment, mirror=mirror, terraform=Path("/none"), note=lambda _: None
    )


def test_a_cli_configuration_of_the_user_is_used_as_it_is(tmp_path: Path) -> None:
    own = tmp_path / "rc"
    own.write_text("")
    assert config_for(tmp_path, {"TF_CLI_CONFIG_FILE": str(own)})[0] == own


def test_a_cli_configuration_that_points_nowhere_breaks_nothing(tmp_path: Path) -> None:
    a_mirror(tmp_path / "home" / ".terraform.d" / "plugins")
    environment = {"TF_CLI_CONFIG_FILE": "/nowhere/rc", "HOME": str(tmp_path / "home")}
    path, version, source, mirror = config_for(tmp_path, environment)
    assert version == "5.100.0"
    assert str(mirror) in path.read_text()
    assert "plugins" in source


def test_a_mirror_is_found_a_few_levels_below_a_prefix_and_not_in_a_link(tmp_path: Path) -> None:
    prefix = tmp_path / "prefix"
    a_mirror(prefix / "some" / "where" / "mirror")
    assert terraform_provider.find_mirror([], [prefix]) == (prefix / "some/where/mirror", "5.100.0")
    other = tmp_path / "other"
    other.mkdir()
    (other / "link").symlink_to(prefix / "some")
    assert terraform_provider.find_mirror([], [other]) is None


def test_the_newest_version_is_taken_when_the_pinned_one_is_missing(tmp_path: Path) -> None:
    for version in ("5.9.0", "5.99.1"):
        a_mirror(tmp_path / "m", version)
    assert terraform_provider.mirrored_version(tmp_path / "m") == "5.99.1"


def test_a_configured_mirror_without_a_provider_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="holds no"):
        config_for(tmp_path, {}, mirror=str(tmp_path))


@pytest.fixture
def releases() -> Iterator[tuple[str, dict[str, bytes]]]:
    files: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = files.get(self.path.rsplit("/", 1)[1])
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/terraform", files
    server.shutdown()
    server.server_close()


def a_release(files: dict[str, bytes]) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("terraform", "#!/bin/sh\necho hello\n")
    name = f"terraform_{terraform_tools.TERRAFORM_VERSION}_{SYSTEM}_{PROCESSOR}.zip"
    files[name] = buffer.getvalue()
    sums = f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n{'0' * 64}  other.zip\n"
    files[f"terraform_{terraform_tools.TERRAFORM_VERSION}_SHA256SUMS"] = sums.encode()
    return name


def test_a_release_with_its_published_checksum_is_installed(
    tmp_path: Path, releases: tuple[str, dict[str, bytes]]
) -> None:
    url, files = releases
    a_release(files)
    path = terraform_tools.install_terraform(tmp_path, releases=url)
    assert path.read_text().startswith("#!")
    assert path.stat().st_mode & 0o111
    assert terraform_tools.find_terraform({"PATH": ""}, tmp_path) == path


def test_a_release_that_differs_from_its_checksum_is_refused(
    tmp_path: Path, releases: tuple[str, dict[str, bytes]]
) -> None:
    url, files = releases
    files[a_release(files)] += b"tampered"
    with pytest.raises(Unavailable, match="does not match the checksum"):
        terraform_tools.install_terraform(tmp_path, releases=url)
    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_release_is_one_sentence_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be downloaded") as caught:
        terraform_tools.install_terraform(tmp_path, releases="http://127.0.0.1:1")
    assert "PATH" in caught.value.hint
