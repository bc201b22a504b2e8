"""Files of the result: their paths, and zips that are the same whenever they are made."""

import io
import re
import zipfile
from collections.abc import Mapping


def safe_path(text: str) -> str:
    """A relative POSIX path inside the folder, whatever the text says; empty when nothing is left."""
    words = [re.sub(r"[^A-Za-z0-9._-]+", "-", word) for word in text.replace("\\", "/").split("/")]
    return "/".join(word for word in words if word.strip("."))[:160]


def zip_bytes(files: Mapping[str, tuple[str, int]]) -> bytes:
    """A zip with fixed times and order; values are text and mode."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            content, mode = files[name]
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            archive.writestr(entry, content)
    return buffer.getvalue()
