import gzip
import io
import random
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lsqm.mine.archive import ArchiveRefused, Extraction, Limits, extract


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: Any = "w:gz", **options: Any) -> Path:
    with tarfile.open(path, mode, **options) as out:
        for info, content in members:
            info.size = len(content)
            out.addfile(info, io.BytesIO(content))
    return path


def file(name: str, content: bytes = b"x") -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo(name), content


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info, b""


def everything_below(root: Path) -> dict[str, bytes]:
    assert not any(path.is_symlink() for path in root.rglob("*"))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def reasons(extraction: Extraction) -> dict[str, str]:
    return {refusal.path: refusal.reason for refusal in extraction.refused}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_of_any_compression_is_unpacked_below_its_top_folder(tmp_path, mode):
    archive = tar(tmp_path / "a", file("top/main.tf", b"1"), file("top/mod/x.tf", b"2"), mode=mode)
    extraction = extract(archive, tmp_path / "out", strip=1)
    assert everything_below(tmp_path / "out") == {"main.tf": b"1", "mod/x.tf": b"2"}
    assert (extraction.files, extraction.size_bytes, extraction.refused) == (2, 2, ())


def test_the_commit_in_an_archive_made_by_git_is_told(tmp_path):
    archive = tar(tmp_path / "a", file("top/f"), format=tarfile.PAX_FORMAT, pax_headers={"comment": "a" * 40})
    assert extract(archive, tmp_path / "out", strip=1).comment == "a" * 40


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../escape", "leads out"),
        ("a/../../escape", "leads out"),
        ("/etc/escape", "absolute"),
        ("C:/escape", "absolute"),
        ("..\\escape", "backslashes"),
        ("new\nline", "control characters"),
        ("esc\x1b[2J", "control characters"),
        ("a/.git/hooks/post-checkout", "git's own folder"),
        ("a/.GIT/config", "git's own folder"),
        ("n" * 256, "too long"),
        ("/".join(["d" * 200] * 8), "too long"),
    ],
)
def test_a_hostile_name_is_refused_and_the_rest_is_unpacked(tmp_path, name, reason):
    archive = tar(tmp_path / "a", file(name), file("good"))
    extraction = extract(archive, tmp_path / "work" / "out")
    assert everything_below(tmp_path / "work") == {"out/good": b"x"}
    (found,) = reasons(extraction).values()
    assert reason in found


def test_a_name_that_is_not_utf_8_is_refused(tmp_path):
    archive = tar(tmp_path / "a", file("caf\udce9.tf"), file("good"), format=tarfile.GNU_FORMAT)
    extraction = extract(archive, tmp_path / "out")
    assert everything_below(tmp_path / "out") == {"good": b"x"}
    assert list(reasons(extraction).values()) == ["its name is not UTF-8"]


@pytest.mark.parametrize("kind", [tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_a_device_or_pipe_is_refused(tmp_path, kind):
    extraction = extract(tar(tmp_path / "a", special("dev", kind), file("good")), tmp_path / "out")
    assert everything_below(tmp_path / "out") == {"good": b"x"}
    assert reasons(extraction) == {"dev": "neither a file nor a folder"}


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", ".."])
def test_a_link_that_leads_out_is_refused_and_nothing_is_written_through_it(tmp_path, target):
    archive = tar(tmp_path / "a", special("link", tarfile.SYMTYPE, target), file("link/passwd", b"evil"))
    extraction = extract(archive, tmp_path / "work" / "out")
    assert everything_below(tmp_path / "work") == {"out/link/passwd": b"evil"}
    assert reasons(extraction) == {"link": "a link that leads out of the archive"}


def test_links_inside_become_copies_also_of_folders_and_of_other_links(tmp_path):
    archive = tar(
        tmp_path / "a",
        special("top/second", tarfile.SYMTYPE, "first"),
        special("top/first", tarfile.SYMTYPE, "real/f"),
        special("top/folder", tarfile.SYMTYPE, "real"),
        special("top/hard", tarfile.LNKTYPE, "top/real/f"),
        file("top/real/f", b"content"),
    )
    extraction = extract(archive, tmp_path / "out", strip=1)
    assert everything_below(tmp_path / "out") == dict.fromkeys(
        ["real/f", "first", "second", "folder/f", "hard"], b"content"
    )
    assert extraction.refused == ()


def test_links_in_a_circle_or_to_nothing_are_refused(tmp_path):
    archive = tar(
        tmp_path / "a",
        special("a", tarfile.SYMTYPE, "b"),
        special("b", tarfile.SYMTYPE, "a"),
        special("d/self", tarfile.SYMTYPE, "."),
        special("hard", tarfile.LNKTYPE, "../outside"),
        file("d/f"),
    )
    extraction = extract(archive, tmp_path / "out")
    assert everything_below(tmp_path / "out") == {"d/f": b"x"}
    assert set(reasons(extraction)) == {"a", "b", "d/self", "../outside", "hard"}


def test_links_that_multiply_are_stopped_at_the_limit(tmp_path):
    members = [file("l0/f", b"x" * 1000)]
    for level in range(1, 30):
        members += [special(f"l{level}/{side}", tarfile.SYMTYPE, f"../l{level - 1}") for side in "ab"]
    with pytest.raises(ArchiveRefused, match=r"members|MiB"):
        extract(tar(tmp_path / "a", *members), tmp_path / "out", limits=Limits(members=2000, total_bytes=10**6))


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path):
    archive = tmp_path / "a"
    with gzip.open(archive, "wb") as out:
        for _ in range(64):
            out.write(b"\0" * 1024 * 1024)
    with pytest.raises(ArchiveRefused, match="unpacks to more than"):
        extract(archive, tmp_path / "out", limits=Limits(total_bytes=1024**2, members=10))


def test_one_huge_file_is_left_out_and_the_rest_is_kept(tmp_path):
    archive = tar(tmp_path / "a", file("huge", b"0" * 5000), file("good"))
    extraction = extract(archive, tmp_path / "out", limits=Limits(file_bytes=4096))
    assert everything_below(tmp_path / "out") == {"good": b"x"}
    assert list(reasons(extraction)) == ["huge"]


def test_too_many_members_are_refused(tmp_path):
    archive = tar(tmp_path / "a", *(file(f"f{number}") for number in range(11)))
    with pytest.raises(ArchiveRefused, match="more than 10 members"):
        extract(archive, tmp_path / "out", limits=Limits(members=10))


def test_a_header_of_gigabytes_is_not_read_into_memory(tmp_path):
    header = tarfile.TarInfo("pax")
    header.type = tarfile.XHDTYPE
    header.size = 3 * 1024**3
    archive = tmp_path / "a"
    archive.write_bytes(header.tobuf(tarfile.USTAR_FORMAT) + b"\0" * 4096)
    with pytest.raises(ArchiveRefused):
        extract(archive, tmp_path / "out")


@pytest.mark.parametrize(
    "content", [b"", b"<html>not found</html>" * 50, b"\x1f\x8b" + b"junk" * 99, b"PK\3\4" + b"junk" * 99]
)
def test_something_that_is_no_archive_is_refused(tmp_path, content):
    archive = tmp_path / "a"
    archive.write_bytes(content)
    with pytest.raises(ArchiveRefused, match="not a readable archive"):
        extract(archive, tmp_path / "out")


def test_a_second_member_of_the_same_path_does_not_replace_the_first(tmp_path):
    extraction = extract(tar(tmp_path / "a", file("f", b"1"), file("f", b"2"), file("f/g", b"3")), tmp_path / "out")
    assert everything_below(tmp_path / "out") == {"f": b"1"}
    assert extraction.refused_total == 2


def test_a_zip_is_unpacked_under_the_same_rules(tmp_path):
    archive = tmp_path / "a.zip"
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    inside = zipfile.ZipInfo("copy")
    inside.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("d/f", b"1")
        out.writestr("../escape", b"2")
        out.writestr("bomb", b"\0" * 100_000)
        out.writestr(link, "../../etc/passwd")
        out.writestr(inside, "d/f")
    extraction = extract(archive, tmp_path / "work" / "out", limits=Limits(file_bytes=50_000))
    assert everything_below(tmp_path / "work") == {"out/d/f": b"1", "out/copy": b"1"}
    assert set(reasons(extraction)) == {"../escape", "bomb", "link"}


def test_damaged_archives_are_refused_or_unpacked_never_a_crash(tmp_path):
    chance = random.Random(7)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("d/f", b"x" * 500)
        out.writestr("é", b"y")
    whole = [
        tar(
            tmp_path / "t", file("d/f", b"x" * 500), file("é"), special("l", tarfile.SYMTYPE, "d/f"), mode="w"
        ).read_bytes(),
        packed.getvalue(),
    ]
    archive = tmp_path / "a"
    refused = 0
    for number in range(150):
        damaged = bytearray(chance.choice(whole))
        for _ in range(chance.randint(1, 10)):
            damaged[chance.randrange(len(damaged))] = chance.choice([0, 255, chance.randrange(256)])
        archive.write_bytes(damaged)
        try:
            extract(archive, tmp_path / "work" / str(number), limits=Limits(total_bytes=10**6, members=100))
        except ArchiveRefused:
            refused += 1
    assert 10 < refused < 150
    assert {path.name for path in tmp_path.iterdir()} == {"a", "t", "work"}


def pax(payload: bytes) -> bytes:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, len(payload)
    return info.tobuf(tarfile.USTAR_FORMAT) + payload + bytes(-len(payload) % 512)


def plain(name: str) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = 1
    return info.tobuf(tarfile.USTAR_FORMAT) + b"x" + bytes(511)


def test_a_header_that_takes_hours_to_read_is_refused(tmp_path):
    # Quadratic in tarfile: two megabytes of digits would take it about five hours.
    (tmp_path / "a").write_bytes(pax(b"1" * 2**21) + plain("f") + bytes(1024))
    with pytest.raises(ArchiveRefused, match="more than 63 digits"):
        extract(tmp_path / "a", tmp_path / "out")


def test_digits_are_no_harm_in_contents_and_names(tmp_path):
    digits = b"7" * 5000
    archive = tar(tmp_path / "a", file("9" * 200, digits), file("f"), format=tarfile.PAX_FORMAT)
    extract(archive, tmp_path / "out")
    assert everything_below(tmp_path / "out") == {"9" * 200: digits, "f": b"x"}


@pytest.mark.parametrize("size", ["-512", "-99999999", "9" * 40, "abc", ""])
def test_a_size_that_is_none_neither_hangs_nor_escapes(tmp_path, size):
    record = f"{9 + len(size)} size={size}\n".encode()
    (tmp_path / "a").write_bytes(pax(record.ljust(30)) + plain("x") + plain("ok") + bytes(1024))
    (tmp_path / "work").mkdir()
    try:
        extract(tmp_path / "a", tmp_path / "work" / "out", limits=Limits(members=1000))
    except ArchiveRefused:
        pass
    else:
        assert everything_below(tmp_path / "work").keys() <= {"out/ok", "out/x"}


def test_names_that_some_systems_hold_for_one_stay_apart_or_the_first_wins(tmp_path):
    pairs = [("Main.tf", "main.tf"), ("caf\u00e9.tf", "cafe\u0301.tf")]
    archive = tar(tmp_path / "a", *(file(name, name.encode()) for pair in pairs for name in pair))
    extract(archive, tmp_path / "out")
    found = everything_below(tmp_path / "out")
    assert {content.decode() for content in found.values()} >= {first for first, _ in pairs}


def test_a_sparse_file_counts_with_what_it_becomes(tmp_path):
    block = bytearray(tarfile.TarInfo("holes").tobuf(tarfile.GNU_FORMAT))
    block[156:157], block[124:136] = b"S", b"00000001000\0"
    block[386:398], block[398:410], block[483:495] = b"00000000000\0", b"00000001000\0", b"77777777777\0"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    (tmp_path / "a").write_bytes(bytes(block) + bytes(512) + plain("ok") + bytes(1024))
    extraction = extract(tmp_path / "a", tmp_path / "out")
    assert reasons(extraction) == {"holes": "larger than 32 MiB"}
    assert everything_below(tmp_path / "out") == {"ok": b"x"}


@pytest.mark.parametrize("again", [1, 2])
def test_a_bomb_in_a_bomb_is_no_archive(tmp_path, again):
    content = plain("f")
    for _ in range(again + 1):
        content = gzip.compress(content)
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ArchiveRefused, match="not a readable archive"):
        extract(tmp_path / "a", tmp_path / "out")


def test_a_zip_whose_contents_list_fills_the_memory_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w") as out:
        out.writestr("f", b"x")
    data = (tmp_path / "a").read_bytes()
    start, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    many = data[start:end] * 1_000_000
    tail = bytearray(data[end:])
    tail[12:16] = len(many).to_bytes(4, "little")
    with (tmp_path / "a").open("wb") as out:
        out.writelines((data[:start], many, tail))
    with pytest.raises(ArchiveRefused, match="a header of 47000000 bytes"):
        extract(tmp_path / "a", tmp_path / "out")
