"""Pages of the office with 1,000,000 documents, and their weight: `scripts/bench/pages.py [DOCUMENTS]`.

The documents are copies, as in list.py. Each page is asked for by wrk on one connection with a session's cookie: the time on the
server. Chromium then says when the first row is seen, and how long the next paper takes in the review. The weight is what a browser
loads for the first visit, compressed, without the picture of the paper. Needs wrk, chromium and chromium-driver."""

import gzip
import http.client
import re
import subprocess
import sys
import urllib.parse

from chromium import Chromium
from list import ms, multiply
from service import ROOT, Api, Service, figure

PAGES = [
    ("inbox", "/"),
    ("inbox, to review", "/?state=to_review"),
    ("inbox, by amount", "/?sort=amount"),
    ("inbox, one word", "/?text=nr4711"),
    ("inbox, common word", "/?text=faktura"),
    ("review", "/documents/{document}"),
    ("trash", "/?trashed=true"),
    ("held", "/held"),
    ("month board", "/month"),
    ("mail log", "/mail"),
    ("questions", "/questions"),
    ("a company", "/companies/{company}"),
    ("where is it", "/find?text=waldmann"),
]


def signed_in(address: str) -> str:
    """The cookie of a new session."""
    connection = http.client.HTTPConnection(address)
    form = urllib.parse.urlencode({"email": "anna@bench.example", "password": "long enough now"})
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    connection.request("POST", "/sign-in", form, headers)
    answer = connection.getresponse()
    assert answer.status == 303, answer.read()
    return answer.headers["set-cookie"].split(";")[0]


def weight(address: str, cookie: str, path: str) -> dict[str, int]:
    """Bytes of the page and of what it loads, as they go over the wire to a browser."""
    connection = http.client.HTTPConnection(address)

    def get(path: str) -> tuple[int, bytes]:
        connection.request("GET", path, headers={"cookie": cookie, "accept-encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        packed = answer.headers.get("content-encoding") == "gzip"
        return len(body), gzip.decompress(body) if packed else body

    size, page = get(path)
    sizes, wanted = {"page": size}, re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.decode())
    while wanted:
        asset = wanted.pop()
        name = asset.rsplit("/", 1)[1]
        if name in sizes:
            continue
        sizes[name], content = get(asset)
        if name.endswith(".js"):
            wanted += [asset.rsplit("/", 1)[0] + "/" + other for other in re.findall(r'from "\./([^"]+)"', content.decode())]
    return sizes


def papers(api: Api, company: str) -> str:
    """Brings and reads some papers, which stand first in the list then; gives the newest."""
    for paper in sorted(ROOT.glob("samples/*/*.pdf"))[:12]:
        # Not the bytes of the one that was copied: they would be known.
        content = paper.read_bytes() + b"\n% once more\n"
        made = api.send("POST", f"/v1/documents?company={company}&name={paper.name}&wait=30", content, "application/pdf")
        newest = made["files"][0]["documents"][0]
        api.send("POST", f"/v1/documents/{newest}/read?wait=60", b"{}", "application/json")
    return newest


def seen(service: Service, cookie: str, newest: str) -> None:
    """What a person waits for in a browser on the same machine."""
    with Chromium(service.address, cookie) as browser:
        for name, path in (("first row of the inbox", "/"), ("first row of those to review", "/?state=to_review")):
            figure(f"  {name}, Chromium", browser.first_row(path, 20), "ms")
        figure("  next paper in the review, with its picture", browser.next_papers(f"/documents/{newest}", 10), "ms")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with Service() as service:
        token = service.found()
        service.cli("user", "add", "anna@bench.example", "--name", "Anna", "--role", "owner", text="long enough now\n")
        service.serve()
        api = Api(service, token)
        company = api.send("GET", "/v1/companies")["companies"][0]["id"]
        paper = (ROOT / "samples/de/waldmann.pdf").read_bytes()
        made = api.send("POST", f"/v1/documents?company={company}&name=one.pdf&wait=30", paper, "application/pdf")
        document = made["files"][0]["documents"][0]
        api.send("POST", f"/v1/documents/{document}/read?wait=60", b"{}", "application/json")
        service.stop()
        multiply(service, count)
        service.serve()
        api = Api(service, token)
        cookie = signed_in(service.address)
        print(f"pages with {count} documents, one connection, ms on the server")
        for name, path in PAGES:
            url = f"http://{service.address}{path.format(document=document, company=company)}"
            command = ["wrk", "-t1", "-c1", "-d3s", "--latency", "-H", f"Cookie: {cookie}", url]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            requests = re.search(r"(\d+) requests in", output)[1]
            bad = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
            print(f"  {name:<22} p50 {ms(output, '50%'):7.2f}  p99 {ms(output, '99%'):7.2f}  n={requests}{' ERRORS ' + bad[1] if bad else ''}")
        seen(service, cookie, papers(api, company))
        for name, path in (("inbox", "/"), ("review", f"/documents/{document}")):
            sizes = weight(service.address, cookie, path)
            parts = ", ".join(f"{name} {size / 1024:.1f}" for name, size in sorted(sizes.items(), key=lambda one: -one[1]))
            print(f"  weight of {name}: {sum(sizes.values()) / 1024:.1f} KB ({parts})")


if __name__ == "__main__":
    main()
