#!/usr/bin/env python3
"""Install the native libraries and models that native.lock pins into native/.

Each wheel is fetched by name and version and must have the pinned hash; only the named members are unpacked, and each must
have its own pinned hash. What is already there with the right hash is left alone, so a second run takes no time.
"""
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import tomllib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "native"


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def target_of(member):
    return TARGET / member.get("as", os.path.basename(member["path"]))


def missing(wheel):
    return [m for m in wheel["member"] if not target_of(m).exists() or sha256(target_of(m)) != m["sha256"]]


def fetch(wheel, folder):
    requirement = f"{wheel['package']}=={wheel['version']} --hash=sha256:{wheel['sha256']}\n"
    requirements = pathlib.Path(folder, "requirements.txt")
    requirements.write_text(requirement)
    platform = [] if wheel["platform"] == "any" else ["--platform", wheel["platform"]]
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--python-version",
         wheel["python"], *platform, "--require-hashes", "-r", requirements, "-d", folder],
        check=True,
    )
    return next(pathlib.Path(folder).glob("*.whl"))


def install(wheel):
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(fetch(wheel, folder)) as archive:
            for member in wheel["member"]:
                data = archive.read(member["path"])
                if hashlib.sha256(data).hexdigest() != member["sha256"]:
                    sys.exit(f"native: {member['path']} of {wheel['package']} {wheel['version']} is not what native.lock pins")
                target = target_of(member)
                part = target.with_suffix(".part")
                part.write_bytes(data)
                part.rename(target)
    print(f"native: installed {wheel['package']} {wheel['version']}")


def main():
    TARGET.mkdir(exist_ok=True)
    for wheel in tomllib.loads((ROOT / "native.lock").read_text())["wheel"]:
        if missing(wheel):
            install(wheel)


if __name__ == "__main__":
    main()
