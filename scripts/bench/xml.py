#!/usr/bin/env python3
"""Structured invoices beside PyPI's factur-x, in one run on the same files: `scripts/bench/xml.py [FOLDER]`.

FOLDER holds PDFs with an e-invoice inside (default: samples/de). factur-x takes the XML out of each (no schema check); ours reads the
same XML to a reading with checks and JSON. Both warm, on one core, alternately, RUNS (5) times SECONDS (2). Prints files/s of each run and the
median, and fails below three times the peer's rate. Needs the packages of scripts/bench/requirements.txt and a built `xml-rate`.
"""
import glob, os, statistics, subprocess, sys, tempfile, time

import facturx

LIMIT = 3.0
root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
runs, seconds = int(os.environ.get("RUNS", 5)), float(os.environ.get("SECONDS", 2))
folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(root, "samples/de")


def xml_of(pdf):
    try:
        return facturx.get_xml_from_pdf(pdf, check_xsd=False)[1]
    except Exception:
        return None


def theirs(pdfs):
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        for pdf in pdfs:
            facturx.get_xml_from_pdf(pdf, check_xsd=False)
        count += len(pdfs)
    return count / (time.perf_counter() - start)


def main():
    import logging
    logging.disable(logging.CRITICAL)
    pdfs = {}
    for name in sorted(glob.glob(os.path.join(folder, "*.pdf"))):
        data = open(name, "rb").read()
        xml = xml_of(data)
        if xml:
            pdfs[name] = (data, xml)
    if not pdfs:
        sys.exit(f"no PDF in {folder} has an e-invoice inside")
    binary = os.path.join(root, "target/release/examples/xml-rate")
    rates = {"factur-x": [], "postroom": []}
    with tempfile.TemporaryDirectory() as work:
        files = []
        for i, (_, xml) in enumerate(pdfs.values()):
            files.append(os.path.join(work, f"{i}.xml"))
            with open(files[-1], "wb") as out:
                out.write(xml)
        for _ in range(runs):
            rates["factur-x"].append(theirs([data for data, _ in pdfs.values()]))
            answer = subprocess.run([binary, str(seconds), *files], check=True, capture_output=True, text=True).stdout.split()
            rates["postroom"].append(float(answer[0]))
            assert int(answer[2]) >= len(files), "not every file was read as an invoice"
    for name, all_runs in rates.items():
        print(f"{name:10} files/s: {' '.join(f'{rate:.0f}' for rate in all_runs)}  median {statistics.median(all_runs):.0f}  n={len(pdfs)}")
    ratio = statistics.median(rates["postroom"]) / statistics.median(rates["factur-x"])
    print(f"structured XML: {ratio:.1f} x factur-x's extraction (limit {LIMIT:.0f})")
    sys.exit(ratio < LIMIT)


main()
