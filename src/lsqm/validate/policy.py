"""What a configuration may not contain before anything of it runs. Mining has looked already; this is the last door."""

import re
from collections.abc import Iterator, Mapping

_COMMENT_OR_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|//[^\n]*|/\*.*?\*/', re.DOTALL)
_ALLOWED_PROVIDERS = frozenset({"hashicorp/aws", "registry.terraform.io/hashicorp/aws"})

_RULES = (
    (re.compile(r'\bprovisioner\s+"([^"]+)"\s*\{'), "provisioner `{0}` runs programs"),
    (re.compile(r'\bdata\s+"(external|http)"\s+"'), "data source `{0}` reaches outside"),
    (re.compile(r'\bbackend\s+"([^"]+)"\s*\{'), "backend `{0}` keeps the state elsewhere"),
    (re.compile(r"^\s*(cloud)\s*\{", re.MULTILINE), "`{0}` block keeps the state elsewhere"),
    (
        re.compile(r'\b(?:resource|data|ephemeral)\s+"(?!aws_|terraform_)([A-Za-z0-9]+)[^"]*"\s+"'),
        "provider `{0}` is not allowed",
    ),
    (re.compile(r'\bdata\s+"(terraform_remote_state)"\s+"'), "`{0}` reads somebody else's state"),
)
_SOURCE = re.compile(r'\bsource\s*=\s*"([^"]*)"')
_READS_OUTSIDE = re.compile(
    r'\b(?:file|filebase64|templatefile|filesha256|filesha512|filemd5|filebase64sha256|fileset)\s*\(\s*"(/[^"]*|~[^"]*|(?:[^"]*/)?\.\./\.\./\.\./[^"]*)"'
)


def violations(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """One sentence with file and line for everything that may not run; empty when all is well."""
    found: list[str] = []
    for name in sorted(files):
        if name.endswith((".tf", ".tf.json")):
            found += _in_file(name, files[name].decode("utf-8", errors="replace"))
        elif name.rsplit("/", 1)[-1] in {".terraformrc", "terraform.rc", ".terraform.lock.hcl"}:
            found.append(f"{name}: configures Terraform itself")
        elif name.endswith((".tfstate", ".tfvars.enc")):
            found.append(f"{name}: brings a state of its own")
    return tuple(found)


def _in_file(name: str, text: str) -> Iterator[str]:
    if name.endswith(".json"):
        # Terraform's JSON syntax: the same words as keys. Nobody mines it today; the strict reading is enough.
        for word in ("provisioner", "backend", "external", "http", "terraform_remote_state"):
            if f'"{word}"' in text:
                yield f"{name}: `{word}` is not allowed"
        return
    code = _without_comments(text)
    for pattern, sentence in _RULES:
        for match in pattern.finditer(code):
            yield f"{name}:{_line(code, match.start())}: {sentence.format(match[1])}"
    for match in _SOURCE.finditer(code):
        if (
            _is_provider_source(match[1])
            and match[1] not in _ALLOWED_PROVIDERS
            and _inside(code, match.start(), "required_providers")
        ):
            yield f"{name}:{_line(code, match.start())}: provider `{match[1]}` is not allowed"
        elif _inside(code, match.start(), "module") and not match[1].startswith(("./", "../")):
            yield f"{name}:{_line(code, match.start())}: module source `{match[1]}` is not local"
    for match in _READS_OUTSIDE.finditer(code):
        yield f"{name}:{_line(code, match.start())}: reads `{match[1]}`, outside the architecture"


def _without_comments(text: str) -> str:
    """Blank out comments, keep strings and line numbers."""
    return _COMMENT_OR_STRING.sub(lambda m: m[0] if m[0].startswith('"') else re.sub(r"[^\n]", " ", m[0]), text)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _is_provider_source(source: str) -> bool:
    return re.fullmatch(r"[\w.-]+(/[\w.-]+){1,2}", source) is not None


def _inside(code: str, position: int, word: str) -> bool:
    """Whether `position` lies in a block that begins with `word`."""
    depth = 0
    for index in range(position - 1, -1, -1):
        if code[index] == "}":
            depth += 1
        elif code[index] == "{":
            if depth:
                depth -= 1
            elif re.search(rf'\b{word}\b\s*(?:"[^"]*")?\s*$', code[max(0, index - 200) : index]):
                return True
    return False
