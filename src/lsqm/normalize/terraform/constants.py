"""What each helper resource would have made, as HCL: fixed, so that a design is the same design every week.

A `Maker` gets the block's arguments and the text of the key that tells instances apart (`""` for a single one), and
gives attribute → HCL expression.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping

from lsqm.normalize.hcl.evaluate import Value

Arguments = Mapping[str, tuple[str, Value]]
"""Argument → (its HCL text, its value as far as it is known)."""
Maker = Callable[[str, Arguments, str], dict[str, str]]

_ADJECTIVES = ("amber", "brave", "calm", "early", "gentle", "lucky", "quiet", "rapid", "steady", "witty")
_ANIMALS = ("badger", "crane", "dolphin", "falcon", "heron", "lynx", "otter", "panda", "raven", "wolf")
_MOMENT = "2026-01-01T00:00:00Z"
_LATER = "2027-01-01T00:00:00Z"
_PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEhaBBv3yQ81oye4F2Key0T0KLYrxYglo/Sp+DjlPD72 lsqm-stand-in"


def _digest(address: str) -> bytes:
    return hashlib.sha256(address.encode()).digest()


def _number(arguments: Arguments, name: str, default: int) -> int:
    value = arguments.get(name, ("", default))[1]
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _tail(key: str) -> str:
    """Tells instances apart: a short hash of the instance's key, worked out by Terraform."""
    return f'-${{substr(sha1("${{{key}}}"), 0, 4)}}' if key else ""


def _prefix(arguments: Arguments, separator: str = "") -> str:
    text = arguments.get("prefix", ("", None))
    return f"${{{text[0]}}}{separator}" if text[0] and text[1] is not None else ""


def pet(address: str, arguments: Arguments, key: str) -> dict[str, str]:
    """`random_pet`."""
    seed = _digest(address)
    separator = arguments.get("separator", ("", "-"))[1]
    separator = separator if isinstance(separator, str) else "-"
    words = [_ADJECTIVES[seed[0] % 10], _ANIMALS[seed[1] % 10], *(_ADJECTIVES[byte % 10] for byte in seed[2:])]
    length = max(1, min(_number(arguments, "length", 2), 6))
    chosen = words[1:2] if length == 1 else [*words[2:length], words[0], words[1]][-length:]
    return {"id": f'"{_prefix(arguments, separator)}{separator.join(chosen)}{_tail(key)}"'}


def identifier(address: str, arguments: Arguments, key: str) -> dict[str, str]:
    """`random_id`."""
    size = max(1, min(_number(arguments, "byte_length", 8), 64))
    seed = hashlib.shake_128(address.encode()).digest(size)
    start = _prefix(arguments)
    if key:
        digits = f'substr(sha256("{address}${{{key}}}"), 0, {min(size * 2, 64)})'
        text = f'"{start}${{{digits}}}"'
        return {
            "hex": text,
            "id": text,
            "b64_url": text,
            "b64_std": text,
            "dec": f'"{start}${{parseint({digits}, 16)}}"',
        }
    url = base64.urlsafe_b64encode(seed).decode().rstrip("=")
    return {
        "hex": f'"{start}{seed.hex()}"',
        "dec": f'"{start}{int.from_bytes(seed)}"',
        "b64_url": f'"{start}{url}"',
        "b64_std": f'"{start}{base64.b64encode(seed).decode()}"',
        "id": f'"{url}"',
    }


def string(address: str, arguments: Arguments, key: str) -> dict[str, str]:
    """`random_string` and `random_password`: letters and digits of every class that is asked for."""
    length = max(1, min(_number(arguments, "length", 16), 256))
    wanted = {
        name: arguments.get(name, ("", True))[1] is not False for name in ("upper", "lower", "numeric", "special")
    }
    wanted["numeric"] = wanted["numeric"] and arguments.get("number", ("", True))[1] is not False
    must = ("A" if wanted["upper"] else "") + ("a" if wanted["lower"] else "") + ("7" if wanted["numeric"] else "")
    special = arguments.get("override_special", ("", "!"))[1]
    must += special[0] if wanted["special"] and isinstance(special, str) and special else ""
    alphabet = ("abcdef" if wanted["lower"] else "") + ("0123456789" if wanted["numeric"] else "")
    alphabet = alphabet or ("ABCDEF" if wanted["upper"] else must or "a")
    body = "".join(alphabet[byte % len(alphabet)] for byte in hashlib.shake_128(address.encode()).digest(length))
    text = ((body[:1] if wanted["lower"] else "") + must + body[1:])[:length]
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{")
    if key and length > 4:
        escaped = escaped[:-4] + f'${{substr(sha1("${{{key}}}"), 0, 4)}}'
    return {
        "result": f'"{escaped}"',
        "id": f'"{escaped}"',
        "length": str(length),
        "bcrypt_hash": f'"$2a$10${text[:8]}"',
    }


def integer(_address: str, arguments: Arguments, _key: str) -> dict[str, str]:
    """`random_integer`: the middle, or the smallest when that cannot be worked out."""
    low, high = arguments.get("min", ("0", 0)), arguments.get("max", ("0", 0))
    text = low[0]
    if isinstance(low[1], int) and isinstance(high[1], int):
        text = str((low[1] + high[1]) // 2)
    return {"result": text, "id": f'"${{{text}}}"', "min": low[0], "max": high[0]}


def uuid(address: str, _arguments: Arguments, key: str) -> dict[str, str]:
    """`random_uuid`."""
    text = f'uuidv5("dns", "{address}{f"${{{key}}}" if key else ""}")'
    return {"result": text, "id": text}


def shuffle(_address: str, arguments: Arguments, _key: str) -> dict[str, str]:
    """`random_shuffle`: the order it came in."""
    items, count = arguments.get("input", ("[]", None))[0], arguments.get("result_count", ("", None))[0]
    text = f"slice(tolist({items}), 0, min({count}, length({items})))" if count else f"tolist({items})"
    return {"result": text, "id": '"-"', "input": items}


def octets(address: str, arguments: Arguments, _key: str) -> dict[str, str]:
    """`random_bytes`."""
    seed = hashlib.shake_128(address.encode()).digest(max(1, min(_number(arguments, "length", 16), 256)))
    return {"hex": f'"{seed.hex()}"', "base64": f'"{base64.b64encode(seed).decode()}"', "length": str(len(seed))}


def moment(_address: str, _arguments: Arguments, _key: str) -> dict[str, str]:
    """`time_static`, `time_rotating`, `time_offset`: the first second of 2026, what comes later a year on."""
    parts = {"year": "2026", "month": "1", "day": "1", "hour": "0", "minute": "0", "second": "0", "unix": "1767225600"}
    return {**parts, "id": f'"{_MOMENT}"', "rfc3339": f'"{_MOMENT}"', "rotation_rfc3339": f'"{_LATER}"'}


def key_pair(_address: str, _arguments: Arguments, _key: str) -> dict[str, str]:
    """`tls_private_key`: a real public key; nobody has the private one."""
    private = '"lsqm: no private key exists for this stand-in"'
    names = ("private_key_pem", "private_key_openssh", "private_key_pem_pkcs8", "public_key_pem")
    return {
        **dict.fromkeys(names, private),
        "public_key_openssh": f'"{_PUBLIC_KEY}"',
        "public_key_fingerprint_md5": '"00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00"',
        "id": '"lsqm-stand-in"',
    }


MAKERS: Mapping[str, Maker] = {
    "random_pet": pet,
    "random_id": identifier,
    "random_string": string,
    "random_password": string,
    "random_integer": integer,
    "random_uuid": uuid,
    "random_shuffle": shuffle,
    "random_bytes": octets,
    "time_static": moment,
    "time_rotating": moment,
    "time_offset": moment,
    "tls_private_key": key_pair,
}
"""Helper resources that become constants."""
