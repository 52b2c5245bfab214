"""What a month lacks, for 180 companies over HTTP with a token, on SQLite: `scripts/bench/missing.py [COMPANIES] [DOCUMENTS A MONTH]`.

Each company has 14 months of papers of 30 sellers: two thirds of them send every month, the others now and then; in the month asked for
a tenth of the bills have not come, and five companies have sent nothing. The rows are copies of one document that came the usual way,
made in the database of the stopped service. Asked for by wrk on one connection; the goal is 200 ms."""

import re
import sqlite3
import subprocess
import sys

from service import ROOT, Api, Service

PERIOD = "2026-07"
GOAL = 200

COPIES = """
PRAGMA foreign_keys = off;
BEGIN;
CREATE TEMP TABLE c AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {companies})
    SELECT i, printf('019a0000-0000-7000-9000-%012x', i) AS id FROM c;
CREATE TEMP TABLE company_copy AS SELECT company.*, c.id AS new_id, c.i FROM c, company LIMIT {companies};
UPDATE company_copy SET id = new_id, name = 'Firma ' || i, search = 'firma ' || i, contact = 'klient' || i || '@firma.example',
    created_at = 1700000000000000;
CREATE TEMP TABLE m AS WITH RECURSIVE m(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM m WHERE k < 13) SELECT k FROM m;
CREATE TEMP TABLE p AS WITH RECURSIVE p(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM p WHERE n + 1 < {papers}) SELECT n FROM p;
CREATE TEMP TABLE copy AS SELECT document.*, c.i, c.id AS of, m.k, p.n, abs(random()) AS r FROM c, m, p, document;
-- The month asked for lacks a tenth; every fifth seller from the twentieth on comes now and then; five companies sent nothing.
DELETE FROM copy WHERE (k = 0 AND (r % 10 = 0 OR i <= 5)) OR (n % 30 >= 20 AND r % 3 <> 0);
UPDATE copy SET id = printf('019a0000-0000-7000-8000-%012x', rowid), company_id = of, subject = NULL,
    number_printed = 'FV/' || rowid, number = 'fv' || rowid, seller_name = 'Sprzedawca ' || (n % 30), seller = 'sprzedawca ' || (n % 30),
    seller_tax_id = 'PL' || (5260000000 + i * 100 + n % 30), currency = 'PLN', amount_printed = '100.00', amount = 1000000,
    state = 'approved', direction = 'purchase', document_type = 'invoice', duplicate_of = NULL,
    period = strftime('%Y-%m', date('{period}-15', '-' || k || ' months'));
"""


def multiply(service: Service, companies: int, papers: int) -> int:
    """Copies the one company and the one document there are."""
    with sqlite3.connect(service.folder / "postroom.db") as db:
        columns = {table: ", ".join(row[1] for row in db.execute(f"PRAGMA table_info({table})")) for table in ("company", "document")}
        # One script: the module commits before each.
        db.executescript(COPIES.format(companies=companies, papers=papers, period=PERIOD)
                         + f"INSERT INTO company ({columns['company']}) SELECT {columns['company']} FROM company_copy;"
                         f"INSERT INTO document ({columns['document']}) SELECT {columns['document']} FROM copy; COMMIT;")
        count = db.execute("SELECT COUNT(*) FROM document").fetchone()[0]
    db.close()
    return count


def main() -> None:
    companies = int(sys.argv[1]) if len(sys.argv) > 1 else 180
    papers = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    with Service() as service:
        token = service.found()
        service.serve()
        api = Api(service, token)
        company = api.send("GET", "/v1/companies")["companies"][0]["id"]
        paper = (ROOT / "samples/de/waldmann.pdf").read_bytes()
        api.send("POST", f"/v1/documents?company={company}&name=one.pdf&wait=30", paper, "application/pdf")
        service.stop()
        documents = multiply(service, companies, papers)
        service.serve()
        path = f"/v1/missing?period={PERIOD}"
        lines = Api(service, token).send("GET", path)["companies"]
        silent = sum(line["missing"]["nothing"] for line in lines)
        bills = sum(len(line["missing"]["sellers"]) for line in lines)
        print(f"what {PERIOD} lacks: {companies} companies, {documents} documents; {len(lines)} lines, {silent} sent nothing, {bills} bills missing")
        command = ["wrk", "-t1", "-c1", "-d5s", "--latency", "-H", f"Authorization: Bearer {token}", f"http://{service.address}{path}"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        half, most = ms(output, "50%"), ms(output, "99%")
        requests = re.search(r"(\d+) requests in", output)[1]
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
        print(f"  GET {path}  p50 {half:.1f} ms  p99 {most:.1f} ms  n={requests}  goal < {GOAL} ms{' ERRORS ' + bad[1] if bad else ''}")
        if bad or half >= GOAL:
            raise SystemExit(f"the list of missing papers is slower than {GOAL} ms")


def ms(output: str, percentile: str) -> float:
    """A percentile that wrk printed, in milliseconds."""
    value, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", output).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


if __name__ == "__main__":
    main()
