#!/usr/bin/env python3
"""What reading scans costs, beside the OCR engine alone and beside ocrmypdf, on the same pages, in processor seconds a page.

    scripts/bench/ocr.py [FILE…]        default: the scans and photos among samples/

A photo that shows several papers is not among them: each of its papers is read again by itself, which the engine alone does not do.
Needs `cargo build --release --workspace --examples`; ocrmypdf is run if it is on the PATH or in target/bench-venv, with its
defaults and one job, on the PDF files among them. Ends with status 1 if a limit is not kept.
"""
import collections
import glob
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEED = ROOT / "target/release/examples/ocr_speed"
LIMITS = [("rate without codes", 0.95), ("rate", 0.85)]
PEER = {"normal": 3.0, "fast": 8.0}
FIRST_PAGE = 1.5
MEMORY = 450


def samples():
    scans = [path for path in glob.glob(str(ROOT / "samples/*/*.pdf")) if "scan" in path or "skan" in path or "tarama" in path]
    return sorted(scans) + sorted(glob.glob(str(ROOT / "samples/*/*.jpg")))


def alone(files):
    """Those that show one paper each."""
    command = [ROOT / "target/release/postroom", "read", "--json", *files]
    read = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    shown = collections.Counter(json.loads(line)["file"] for line in read)
    return [file for file in files if shown[file] == 1]


def ours(models, files):
    # The first file warms the engine and is not counted, so it is given twice.
    command = [SPEED, ROOT / "native", models, files[0], *files]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peer(files):
    """Processor milliseconds a page of ocrmypdf, or None."""
    venv = ROOT / "target/bench-venv/bin/ocrmypdf"
    program = str(venv) if venv.exists() else shutil.which("ocrmypdf")
    if not program or not files:
        return None
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    before, pages = resource.getrusage(resource.RUSAGE_CHILDREN), 0
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            made = pathlib.Path(folder, "out.pdf")
            done = subprocess.run([program, "--quiet", "--jobs", "1", file, made], env=environment, capture_output=True, text=True)
            if done.returncode:
                print(f"ocrmypdf: {file}: {done.stderr.strip()[-200:]}", file=sys.stderr)
                continue
            pages += 1
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1000 * spent / pages if pages else None


def main():
    files = alone(sys.argv[1:] or samples())
    pdfs = [file for file in files if file.endswith(".pdf")]
    beside, missed = peer(pdfs), []
    print(f"{len(files)} files; medians in ms of processor time a page")
    for models in ("normal", "fast"):
        all_of_them = ours(models, files)
        rates = {"rate": all_of_them["rate"], "rate without codes": all_of_them["rate_without_codes"]}
        print(f"{models:8} n={all_of_them['pages']:3} engine {all_of_them['engine_ms']:7.1f}  read {all_of_them['read_ms']:7.1f}"
              f"  codes {all_of_them['codes_ms']:6.1f}  first page {all_of_them['first_page_s']:.2f} s  {all_of_them['peak_mib']} MiB")
        for name, least in LIMITS:
            print(f"         {name}: {rates[name]:.3f} of the engine alone (at least {least})")
            missed += [f"{models}: {name}"] if rates[name] < least else []
        if beside:
            pages = ours(models, pdfs)["read_ms"]
            print(f"         ocrmypdf {beside:.0f} ms, {beside / pages:.1f} times as much (at least {PEER[models]})")
            missed += [f"{models}: ocrmypdf"] if beside / pages < PEER[models] else []
        if all_of_them["first_page_s"] > FIRST_PAGE:
            missed.append(f"{models}: first page")
        if all_of_them["peak_mib"] > MEMORY:
            missed.append(f"{models}: memory")
    if missed:
        print("not kept: " + ", ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
