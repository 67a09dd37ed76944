"""What the oldest browsers of the README cannot read: syntax after ES2020, newer APIs.

``python -m tests.browser_floor``, a part of ``make lint``, checks every script in
``lms/static/js``. A newer API is allowed in a module that tests for it, such as
``if (navigator.locks)``.
"""

import re
import sys
from pathlib import Path

import tree_sitter_javascript
from tree_sitter import Language, Parser

SCRIPTS = Path(__file__).resolve().parents[1] / "lms" / "static" / "js"
PARSER = Parser(Language(tree_sitter_javascript.language()))

NEWER_SYNTAX = {
    "ERROR": "does not parse",
    "field_definition": "class field",
    "private_property_identifier": "private name",
    "class_static_block": "static block",
    "import_attribute": "import attribute",
    # No fault of old browsers: the hashed file names do not reach into modules.
    "import_statement": "import of another module",
}
NEWER_OPERATORS = {"??=", "||=", "&&="}

# Not in all of Chromium 80, Safari 14 and Firefox 78.
NEWER_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
        at replaceAll hasOwn structuredClone randomUUID findLast findLastIndex groupBy
        toSorted toReversed toSpliced any WeakRef FinalizationRegistry AggregateError
        timeout throwIfAborted replaceChildren requestSubmit showModal showPopover
        checkVisibility requestIdleCallback scheduler locks wakeLock BroadcastChannel
        reportError CompressionStream DecompressionStream setHTMLUnsafe isWellFormed
        inert withResolvers fromAsync
        """,
    )
)
# Ordinary words, newer only on these objects.
ONLY_ON = {"timeout": "AbortSignal", "any": "Promise"}
NEWER_SELECTORS = re.compile(r":(has|is|where|focus-visible|user-valid|user-invalid)\b")


def faults_of(source: str) -> list[str]:
    """Return what is too new in a script, each with its line."""
    tree = PARSER.parse(source.encode())
    found = []
    for node in _nodes(tree.root_node):
        if fault := _fault(node, source):
            found.append(f"{node.start_point[0] + 1}: {fault}")
    return found


def _nodes(node):
    yield node
    for child in node.children:
        yield from _nodes(child)


def _fault(node, source):
    text = node.text.decode()
    if node.is_missing:
        return NEWER_SYNTAX["ERROR"]
    if node.type in NEWER_SYNTAX:
        return NEWER_SYNTAX[node.type]
    if node.type in NEWER_OPERATORS:
        return f"operator {text}"
    if node.type == "number" and "_" in text:
        return "separator in a number"
    if node.type == "await_expression" and not _in_function(node):
        return "await outside a function"
    if node.type == "regex" and re.search(r"\(\?<[=!]", text):
        return "lookbehind in a pattern"
    if node.type == "string" and NEWER_SELECTORS.search(text):
        return f"selector {text}"
    if node.type in ("property_identifier", "identifier"):
        return _newer_api(node, text, source)
    return None


def _in_function(node):
    while node := node.parent:
        if "function" in node.type or node.type == "method_definition":
            return True
    return False


def _newer_api(node, name, source):
    parent = node.parent
    if name == "signal" and _option_of_listener(node):
        return "option signal of addEventListener"
    used = parent.type == "member_expression" or node.type == "identifier"
    if name not in NEWER_NAMES or not used:
        return None
    if name in ONLY_ON and f"{ONLY_ON[name]}.{name}" != parent.text.decode():
        return None
    if node.type == "identifier" and parent.type not in (
        "call_expression",
        "new_expression",
        "member_expression",
    ):
        return None
    return None if _is_tested(name, source) else f"{name} without a feature test"


def _option_of_listener(node):
    while node := node.parent:
        if node.type == "call_expression":
            callee = node.child_by_field_name("function").text.decode()
            return callee.endswith("addEventListener")
    return False


def _is_tested(name, source):
    """Whether the module asks for an API before it uses it."""
    condition = rf"(if \([^{{;]*\b{name}\b|[\"']{name}[\"'] in |\b{name}\?\.)"
    return re.search(condition, source) is not None


def main() -> int:
    found = [
        f"{path.relative_to(SCRIPTS)}:{fault}"
        for path in sorted(SCRIPTS.rglob("*.js"))
        for fault in faults_of(path.read_text())
    ]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
