"""Digital PDFs to fields on one core, beside PDFium's own open and text, and invoice2data: `scripts/bench/digital.py [FILE...]`.

All three read the same files in one run, turn by turn. PDFium is called through pypdfium2, the same build as the reader's; invoice2data has its own templates and poppler's pdftotext.
Counted for Postroom is the whole `postroom read --json --jobs 1`, the start of its processes and the hash of each file included."""

import glob
import json
import logging
import os
import subprocess
import sys
import time

import pypdfium2
from service import POSTROOM, ROOT, figure

RUNS = 5
FILES = 400


def pdfium(files: list[str]) -> None:
    for file in files:
        document = pypdfium2.PdfDocument(file)
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            text.get_text_range()
            text.close()
            page.close()
        document.close()


def postroom(files: list[str]) -> int:
    done = subprocess.run([POSTROOM, "read", "--json", "--jobs", "1", *files], capture_output=True, text=True, check=True)
    return sum(len(json.loads(line).get("fields", {})) for line in done.stdout.splitlines())


def digital(files: list[str]) -> list[str]:
    """Those of the files, or of the samples, that have text on each page."""

    def has_text(file: str) -> bool:
        return all(len(page.get_textpage().get_text_range()) > 100 for page in pypdfium2.PdfDocument(file))

    return [file for file in (files or sorted(glob.glob(str(ROOT / "samples/*/*.pdf")))) if has_text(file)]


def invoice2data(files: list[str]) -> tuple[float, int]:
    """Seconds a file, and how many files any of its templates fits."""
    logging.disable(logging.CRITICAL)
    from invoice2data import extract_data
    from invoice2data.extract.loader import read_templates

    templates = read_templates()
    start = time.monotonic()
    found = sum(bool(extract_data(file, templates=templates)) for file in files)
    return (time.monotonic() - start) / len(files), found


def timed(work, *arguments) -> float:
    start = time.monotonic()
    work(*arguments)
    return time.monotonic() - start


def main() -> None:
    distinct = digital(sys.argv[1:])
    files = (distinct * (FILES // len(distinct) + 1))[:FILES]
    # One core for whoever is measured, its children included.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"digital PDF to fields, one core: {len(files)} files ({len(distinct)} distinct)")
    ours, theirs = [], []
    for _ in range(RUNS):
        theirs.append(FILES / timed(pdfium, files))
        ours.append(FILES / timed(postroom, files))
    rate = figure("postroom read --json --jobs 1", ours, "documents/s")
    print(f"{'':<58} {postroom(distinct)} fields of {len(distinct)} files")
    print(f"  {rate / figure('PDFium, open and text', theirs, 'documents/s'):.2f} x PDFium")
    each, found = invoice2data(distinct)
    print(f"{'invoice2data, its own templates':<58} {1 / each:8.1f} documents/s  n={len(distinct)}; a template fitted {found} of them")
    print(f"  {rate * each:.1f} x invoice2data")


if __name__ == "__main__":
    main()
