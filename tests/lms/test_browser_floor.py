import pytest

from tests.browser_floor import SCRIPTS, faults_of

TOO_NEW = [
    "a ??= 1;",
    "a ||= 1;",
    "const a = 20_000;",
    "class A { b = 1; }",
    "class A { #b() {} }",
    "class A { static { a(); } }",
    "await a();",
    "/(?<=a)b/.test(c);",
    "const a = ;",
    "import { a } from './a.js';",
    "[1].at(-1);",
    "'a'.replaceAll('a', 'b');",
    "structuredClone(a);",
    "crypto.randomUUID();",
    "fetch(a, { signal: AbortSignal.timeout(1) });",
    "Promise.any([]);",
    "new WeakRef(a);",
    "a.querySelector('b:has(c)');",
    "a.addEventListener('b', c, { signal: d });",
]
OLD_ENOUGH = [
    "const a = b?.c ?? 1;",
    "class A { constructor() { this.b = 1; } }",
    "async () => { await a(); };",
    "const timeout = setTimeout(() => {}, 1); clearTimeout(timeout);",
    "if (navigator.locks) navigator.locks.request('a', () => {});",
    "if (AbortSignal.timeout) fetch(a, { signal: AbortSignal.timeout(1) });",
    "fetch(a, { signal });",
    "a.querySelector('[data-is=here]');",
    "const at = 1; f({ at });",
]


@pytest.mark.parametrize("source", TOO_NEW, ids=TOO_NEW)
def test_what_old_browsers_cannot_read_is_found(source):
    assert len(faults_of(source)) >= 1


@pytest.mark.parametrize("source", OLD_ENOUGH, ids=OLD_ENOUGH)
def test_what_old_browsers_read_is_not_reported(source):
    assert faults_of(source) == []


def test_every_script_can_be_read_by_the_oldest_browsers():
    found = {path.name: faults_of(path.read_text()) for path in SCRIPTS.rglob("*.js")}

    assert {name: faults for name, faults in found.items() if faults} == {}
