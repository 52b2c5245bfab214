"""Sends a file with tuspy: the first bytes up to `stop` (0: all), from where the server says it is. Prints the upload's address."""

import sys

from tusclient import client

base, token, company, path, stop, url = sys.argv[1:7]
tus = client.TusClient(base + "/v1/uploads", headers={"Authorization": "Bearer " + token})
uploader = tus.uploader(
    path,
    chunk_size=700_000,
    metadata={"filename": "żółta.pdf", "company": company, "period": "2026-10", "direction": "purchase"},
    upload_checksum=True,
    url=url or None,
)
uploader.upload(stop_at=int(stop) or None)
print(uploader.url)
