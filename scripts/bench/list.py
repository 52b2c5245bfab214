"""A page of 50 of 100,000 documents over HTTP, with a token, on SQLite: `scripts/bench/list.py [DOCUMENTS]`.

The documents are copies of one that came the usual way, with other values, made in the database of the stopped service. Each list
is asked for by wrk on one connection; printed are its percentiles. Needs the Debian package wrk."""

import re
import sqlite3
import subprocess
import sys

from service import ROOT, Api, Service

LISTS = [
    ("all", ""),
    ("two states", "state=new&state=to_review"),
    ("company, state", "company={company}&state=new"),
    ("company, period", "company={company}&period=2026-03"),
    ("by amount", "sort=amount"),
    ("issued since June, by date", "issued_from=2026-06-01&sort=issued"),
    ("amount from to", "amount_from=100&amount_to=200"),
    ("number", "number=4711"),
    ("seller", "seller=firma%2077"),
    ("rare word", "text=nr4711"),
    ("common word", "text=faktura"),
    ("word and state and amount", "text=faktura&state=to_review&amount_from=1000"),
]

COPIES = """
PRAGMA foreign_keys = off;
BEGIN;
CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
    SELECT i, printf('019a0000-0000-7000-8000-%012x', i) AS id, abs(random()) AS r FROM n;
CREATE TEMP TABLE copy AS SELECT document.*, n.i, n.r, n.id AS new_id FROM n, document;
UPDATE copy SET id = new_id, subject = NULL, number_printed = 'FV/' || i, seller_name = 'Firma ' || (i % 500),
    seller_tax_id = 'PL' || (5260000000 + i % 500), currency = 'PLN', amount_printed = printf('%d.00', r % 5000),
    state = CASE r % 7 WHEN 0 THEN 'new' WHEN 1 THEN 'to_review' WHEN 2 THEN 'approved' ELSE 'exported' END,
    period = printf('2026-%02d', 1 + i % 12), issue_date = printf('2026-%02d-%02d', 1 + r % 12, 1 + r % 28),
    number = 'fv' || i, identity = new_id, seller = 'firma ' || (i % 500), amount = (r % 5000) * 10000, duplicate_of = NULL;
"""


def multiply(service: Service, count: int) -> None:
    """Copies the one document there is."""
    with sqlite3.connect(service.folder / "postroom.db") as db:
        columns = ", ".join(row[1] for row in db.execute("PRAGMA table_info(document)"))
        first = db.execute("SELECT id FROM document").fetchone()[0]
        db.executescript(COPIES.format(count=count) + f"INSERT INTO document ({columns}) SELECT {columns} FROM copy; COMMIT;")
        for term in ("'faktura'", "'nr' || substr(number, 3)", "'#' || number", "'#' || substr(number, 3)", "'firma'", "substr(seller, 7)"):
            db.execute(f"INSERT INTO document_term (office_id, company_id, document_id, term) "
                       f"SELECT office_id, company_id, id, {term} FROM document WHERE id <> ?", (first,))
    db.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with Service() as service:
        token = service.found()
        service.serve()
        api = Api(service, token)
        company = api.send("GET", "/v1/companies")["companies"][0]["id"]
        # Nothing reads it: the list shows documents, whether they were read or not.
        paper = (ROOT / "samples/de/waldmann.pdf").read_bytes()
        api.send("POST", f"/v1/documents?company={company}&name=one.pdf&wait=30", paper, "application/pdf")
        service.stop()
        multiply(service, count)
        service.serve()
        print(f"list page of 50 of {count} documents, HTTP with a token, one connection, ms")
        for name, query in LISTS + [("counts by state", None)]:
            path = "/v1/counts" if query is None else f"/v1/documents?limit=50&{query.format(company=company)}"
            url = f"http://{service.address}{path}"
            command = ["wrk", "-t1", "-c1", "-d3s", "--latency", "-H", f"Authorization: Bearer {token}", url]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            shown = {p: ms(output, p) for p in ("50%", "99%")}
            requests = re.search(r"(\d+) requests in", output)[1]
            bad = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
            print(f"  {name:<30} p50 {shown['50%']:7.2f}  p99 {shown['99%']:7.2f}  n={requests}{' ERRORS ' + bad[1] if bad else ''}")


def ms(output: str, percentile: str) -> float:
    """A percentile that wrk printed, in milliseconds."""
    value, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", output).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


if __name__ == "__main__":
    main()
