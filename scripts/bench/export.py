"""A month of 3,000 approved documents exported, over HTTP with a token, on SQLite: `scripts/bench/export.py [DOCUMENTS]`.

The documents are copies of one e-invoice that came and was read the usual way, with other numbers, made in the database of the stopped
service. Timed is the request that waits for the kept file; between two runs the batch is undone. Goal: 5 s; exit status 1 where a
profile misses it."""

import json
import os
import sqlite3
import sys
import time

from service import ROOT, Api, Service, figure

GOAL = 5.0
RUNS = int(os.environ.get("RUNS", "3"))
PROFILES = ["csv", "epp", "optima", "jpk-v7m", "xlsx", "originals"]
PERIOD = "2026-07"

COPIES = """
PRAGMA foreign_keys = off;
BEGIN;
UPDATE document SET state = 'approved', period = '{period}', direction = 'purchase', booking_category = '402',
    booking = '{{"category": "402", "register": "ZK", "description": "Zakup"}}';
CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1)
    SELECT i, printf('019a0000-0000-7000-8000-%012x', i) AS id FROM n;
CREATE TEMP TABLE copied AS SELECT document.*, n.i, n.id AS new_id FROM n, document;
UPDATE copied SET id = new_id, number_printed = 'FV/' || i, number = 'fv' || i, duplicate_of = NULL;
CREATE TEMP TABLE readings AS SELECT reading.*, n.i, n.id AS new_id FROM n, reading;
UPDATE readings SET id = printf('019b0000-0000-7000-8000-%012x', i), document_id = new_id,
    content = json_set(content, '$.fields.invoice_number.value', 'FV/' || i || '/07/2026');
CREATE TEMP TABLE pieces AS SELECT piece.*, n.id AS new_id FROM n, piece;
UPDATE pieces SET document_id = new_id;
"""


def multiply(service: Service, count: int) -> None:
    """Copies the one document there is, with its reading and pieces."""
    with sqlite3.connect(service.folder / "postroom.db") as db:
        insert = ""
        for table, copy in (("document", "copied"), ("reading", "readings"), ("piece", "pieces")):
            columns = ", ".join(row[1] for row in db.execute(f"PRAGMA table_info({table})"))
            insert += f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {copy};\n"
        db.executescript(COPIES.format(count=count, period=PERIOD) + insert + "COMMIT;")
    db.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    missed = False
    with Service() as service:
        token = service.found()
        service.serve()
        api = Api(service, token)
        company = api.send("GET", "/v1/companies")["companies"][0]["id"]
        paper = (ROOT / "ocr/tests/xml/ksef/fa3-plain.xml").read_bytes()
        sent = api.send("POST", f"/v1/documents?company={company}&name=one.xml&wait=30", paper, "application/xml")
        document = sent["files"][0]["documents"][0]
        api.send("POST", f"/v1/documents/{document}/read?wait=60", b"")
        for code, name in (("jpk_tax_office", "1433"), ("jpk_email", "office@example.org")):
            api.send("POST", "/v1/choices", json.dumps({"kind": "target", "code": code, "name": name}).encode(), "application/json")
        service.stop()
        multiply(service, count)
        service.serve()
        api = Api(service, token)
        for profile in PROFILES:
            runs = []
            for _ in range(RUNS):
                order = json.dumps({"company": company, "profile": profile, "period": PERIOD}).encode()
                begun = time.monotonic()
                batch = api.send("POST", "/v1/batches?wait=60", order)
                runs.append(time.monotonic() - begun)
                if (batch["state"], batch["exported"]) != ("ready", count):
                    raise SystemExit(f"{profile}: {batch}")
                api.send("POST", f"/v1/batches/{batch['id']}/undo", b"")
            median = figure(f"export of {count} documents, {profile} ({batch['size'] / 1e6:.1f} MB)", runs, "s")
            missed |= median > GOAL
    sys.exit(f"more than {GOAL} s" if missed else 0)


if __name__ == "__main__":
    main()
