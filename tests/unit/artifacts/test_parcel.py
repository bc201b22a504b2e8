"""A parcel carries documents from one CI job to the next, and nothing a hostile job could put into it."""

import io
import tarfile
from pathlib import Path

import pytest

from lsqm.artifacts.parcel import pack, unpack
from lsqm.errors import DataError


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def hostile(path: Path, name: str, *, kind: bytes = tarfile.REGTYPE, link: str = "") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for each in ("lsqm.json", name):
            member = tarfile.TarInfo(each)
            member.type = kind if each == name else tarfile.REGTYPE
            member.linkname = link if each == name else ""
            member.size = 1 if member.isreg() else 0
            archive.addfile(member, io.BytesIO(b"x") if member.isreg() else None)
    return path


def tree(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_documents_travel_and_nothing_else_does(tmp_path: Path) -> None:
    root = tmp_path / "from"
    for name in ("lsqm.json", "architectures/index.json", "apps/a/.hidden", "runs/r/logs/a/x y.log.gz", "state/s.json"):
        write(root / name, name)
    script = write(root / "architectures/a/build.sh", "#!")
    script.chmod(0o755)
    write(root / ".git/config", "secret")
    write(root / "elsewhere/file")
    (root / "runs/r/link").symlink_to("/etc/passwd")
    assert pack(root, tmp_path / "p.tar.gz") == 6
    assert unpack(tmp_path / "p.tar.gz", tmp_path / "to") == 6
    expected = {
        key: text for key, text in tree(root).items() if not key.startswith((".git/", "elsewhere", "runs/r/link"))
    }
    assert tree(tmp_path / "to") == expected
    assert (tmp_path / "to/architectures/a/build.sh").stat().st_mode & 0o777 == 0o755


def test_the_same_documents_make_the_same_parcel(tmp_path: Path) -> None:
    write(tmp_path / "a/lsqm.json")
    write(tmp_path / "b/lsqm.json").chmod(0o600)
    for name in "ab":
        pack(tmp_path / name, tmp_path / f"{name}.tar.gz")
    with tarfile.open(tmp_path / "a.tar.gz") as one, tarfile.open(tmp_path / "b.tar.gz") as two:
        assert [(m.name, m.mtime, m.mode, m.uid, m.size) for m in one] == [
            (m.name, m.mtime, m.mode, m.uid, m.size) for m in two
        ]


def test_what_comes_lies_over_what_is_there_and_apps_are_replaced_whole(tmp_path: Path) -> None:
    source, target = tmp_path / "from", tmp_path / "to"
    for name in ("lsqm.json", "apps/a/new.py", "runs/new/run.json"):
        write(source / name, "new")
    for name in ("lsqm.json", "apps/a/old.py", "apps/b/kept.py", "runs/old/run.json", ".git/config"):
        write(target / name, "old")
    unpack_from = tmp_path / "p.tar.gz"
    pack(source, unpack_from)
    unpack(unpack_from, target)
    assert tree(target) == {
        "lsqm.json": "new",
        "apps/a/new.py": "new",
        "apps/b/kept.py": "old",
        "runs/new/run.json": "new",
        "runs/old/run.json": "old",
        ".git/config": "old",
    }


@pytest.mark.parametrize(
    "name",
    [
        ".git/hooks/pre-push",
        "apps/a/.git/config",
        "../escape",
        "/etc/cron.d/x",
        "apps/../../x",
        "lsqm.toml",
        "apps\\..\\x",
    ],
)
def test_paths_that_lead_elsewhere_are_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    parcel = hostile(tmp_path / "p.tar.gz", name)
    with pytest.raises(DataError):
        unpack(parcel, tmp_path / "to")
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_anything_but_a_plain_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    parcel = hostile(tmp_path / "p.tar.gz", "runs/r/logs/x.log.gz", kind=kind, link="/proc/self/environ")
    with pytest.raises(DataError, match="no plain file"):
        unpack(parcel, tmp_path / "to")


def test_a_link_that_is_there_already_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "to"
    write(target / "lsqm.json")
    (target / "runs").symlink_to(outside)
    source = tmp_path / "from"
    write(source / "runs/r/run.json")
    pack(source, tmp_path / "p.tar.gz")
    with pytest.raises(DataError, match="by a link"):
        unpack(tmp_path / "p.tar.gz", target)
    assert list(outside.rglob("*.json")) == []


@pytest.mark.parametrize("content", [b"", b"no tar", b"\x1f\x8b\x08"])
def test_what_is_no_parcel_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.tar.gz").write_bytes(content)
    with pytest.raises(DataError, match="cannot be unpacked"):
        unpack(tmp_path / "p.tar.gz", tmp_path / "to")
