"""The whole way, and what it needs of memory: `scripts/bench/whole_way.py [FILE...]`.

200 digital PDFs (if none are named, the samples that have a text layer, again and again, each with bytes of its own) are
uploaded and read; counted is from the first upload to the last reading, with two connections and as many readers as the
service starts by itself."""

import json
import pathlib
import sys
import threading
import time

from digital import digital
from service import Api, Service, children, figure, rss

PAPERS = 200
RUNS = 3


def upload(service: Service, token: str, company: str, papers: list[bytes]) -> None:
    api = Api(service, token)
    for place, paper in enumerate(papers):
        api.send("POST", f"/v1/documents?company={company}&name={place}.pdf", paper, "application/pdf")


def unread(api: Api) -> tuple[int, int]:
    """Documents that wait to be read, and all documents."""
    states = api.send("GET", "/v1/counts")["states"]
    return sum(n for state, n in states.items() if state in ("new", "reading")), sum(states.values())


def run(files: list[str], salt: int) -> tuple[float, float, float, float, list[tuple[str, float]]]:
    """Documents a second, uploads a second, memory before and after, and the readers with theirs."""
    originals = [pathlib.Path(file).read_bytes() for file in files]
    # A comment after the end: readers skip it, and no two papers have the same bytes.
    papers = [originals[n % len(originals)] + f"\n% {salt} {n}\n".encode() for n in range(PAPERS)]
    with Service() as service:
        token = service.found()
        service.serve()
        api = Api(service, token)
        facts = {"name": "Reads at once", "auto_read": ["none", "purchase"]}
        company = api.send("POST", "/v1/companies", json.dumps(facts).encode())["id"]
        time.sleep(2)
        idle = rss(service.process.pid)
        start = time.monotonic()
        halves = [threading.Thread(target=upload, args=(service, token, company, papers[half::2])) for half in (0, 1)]
        for half in halves:
            half.start()
        for half in halves:
            half.join()
        uploaded = time.monotonic()
        while (state := unread(api)) != (0, PAPERS):
            if time.monotonic() > start + 120:
                raise SystemExit(f"not read after 120 s: {state}")
            time.sleep(0.01)
        end = time.monotonic()
        readers = [(pathlib.Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "), rss(pid)) for pid in children(service.process.pid)]
        after = rss(service.process.pid)
        return PAPERS / (end - start), PAPERS / (uploaded - start), idle, after, readers


def main() -> None:
    files = digital(sys.argv[1:])
    runs = [run(files, salt) for salt in range(RUNS)]
    figure("whole way, upload to read, 2 connections", [r[0] for r in runs], "documents/s")
    figure("  of that the uploads", [r[1] for r in runs], "documents/s")
    figure("memory: serve before the first paper", [r[2] for r in runs], "MiB")
    figure("memory: serve after 200 papers", [r[3] for r in runs], "MiB")
    for kind in ("light", "heavy"):
        memories = [memory for r in runs for command, memory in r[4] if f"--kind {kind}" in command]
        if memories:
            figure(f"memory: a {kind} reader", memories, "MiB")


if __name__ == "__main__":
    main()
