#!/usr/bin/env python3
"""Checks of the source tree that no compiler makes: dependency directions, unused dependencies, crates that must not meet.

The rules are those of ARCHITECTURE.md: api -> ingest -> store -> ocr, arrows only this way; the tests use the binaries alone;
no crate links both SQL and an engine that parses untrusted pictures or PDFs.
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAY_USE = {
    "ocr": set(),
    "postroom-reader": {"ocr"},
    "store": {"ocr"},
    "ingest": {"store", "ocr"},
    "api": {"ingest", "store", "ocr"},
    "tests": set(),
}
SQL = {"sqlx"}
ENGINES = {"pdfium-render", "hayro", "ort", "tesseract-rs", "image", "rxing", "rqrr", "roxmltree", "zip"}
# Linked for what linking does, not named in the code: the pinned feature set or the crypto provider of another crate.
LINKED_ONLY = set()


def members():
    out = subprocess.run(["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, check=True, capture_output=True)
    return json.loads(out.stdout)["packages"]


def sources(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    others = {pathlib.Path(p["manifest_path"]).parent for p in members_cache} - {folder}
    for path in folder.rglob("*.rs"):
        if not any(other in path.parents for other in others if folder in other.parents):
            yield path


def problems(package):
    name = package["name"]
    direct = {d["name"]: d for d in package["dependencies"]}
    inner = {d for d in direct if d in MAY_USE}
    for wrong in sorted(inner - MAY_USE[name]):
        yield f"{name} must not depend on {wrong} (ARCHITECTURE.md, dependency directions)"
    if SQL & direct.keys() and ENGINES & direct.keys():
        yield f"{name} links SQL and an engine for untrusted bytes: {sorted(ENGINES & direct.keys())}"
    text = "\n".join(path.read_text() for path in sources(package))
    for dependency, detail in sorted(direct.items()):
        code_name = (detail["rename"] or dependency).replace("-", "_")
        code_name = {"kamadak_exif": "exif", "iban_validate": "iban", "md_5": "md5"}.get(code_name, code_name)
        if dependency not in LINKED_ONLY and not re.search(rf"\b{code_name}\b", text):
            yield f"{name} does not use its dependency {dependency}"


members_cache = members()


def main():
    found = [problem for package in members_cache for problem in problems(package)]
    print("\n".join(found) or "tree: dependency directions and dependencies are as ARCHITECTURE.md says")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
