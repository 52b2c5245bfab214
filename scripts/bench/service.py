"""A `postroom serve` of its own for a measurement, on an empty folder and free ports."""

import http.client
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
POSTROOM = ROOT / "target/release/postroom"


class Service:
    """One office, one company, a token that may see both. Used with `with`."""

    def __init__(self, folder: pathlib.Path | None = None):
        self.own = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="bench.", dir=ROOT / "target"))
        self.environment = dict(
            os.environ,
            POSTROOM_STORAGE__FOLDER=str(self.folder),
            POSTROOM_HTTP__LISTEN="127.0.0.1:0",
            POSTROOM_SMTP__LISTEN="127.0.0.1:0",
            POSTROOM_LOG__FORMAT="json",
        )
        self.process = None

    def cli(self, *arguments: str, text: str = "") -> str:
        done = subprocess.run([POSTROOM, *arguments], env=self.environment, input=text, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def found(self) -> str:
        """Makes the office and the company; gives an owner's token."""
        self.cli("office", "add", "Biuro")
        self.cli("company", "add", "Młyn", "--tax-id", "5260250995", "--address", "mlyn@in.example", "--pin", "483920")
        return self.cli("token", "add", "bench", "--role", "owner")

    def __enter__(self) -> "Service":
        return self

    def serve(self) -> None:
        """Starts it and waits until it listens."""
        self.process = subprocess.Popen([POSTROOM, "serve"], env=self.environment, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            event = json.loads(line) if line.startswith("{") else {}
            if event.get("message") == "serving":
                self.address = event["http"]
                break
        else:
            raise SystemExit("postroom serve did not come up")
        # Nobody reads the log any more: a full pipe must not stop the service.
        subprocess.Popen(["cat"], stdin=self.process.stderr, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        """Ends it as an operator would."""
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def __exit__(self, *_) -> None:
        self.stop()
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)


class Api:
    """One kept-open connection with a token."""

    def __init__(self, service: Service, token: str):
        self.connection = http.client.HTTPConnection(service.address)
        self.headers = {"Authorization": f"Bearer {token}"}

    def send(self, method: str, path: str, body: bytes | None = None, media_type: str = "application/json") -> dict:
        headers = dict(self.headers, **({"Content-Type": media_type} if body is not None else {}))
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {content[:500]!r}")
        return json.loads(content) if content else {}


def rss(pid: int) -> float:
    """Resident memory of a process in MiB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def children(pid: int) -> list[int]:
    """Processes that `pid` started."""
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def figure(name: str, runs: list[float], unit: str) -> float:
    """Prints n, the median and every run; gives the median."""
    median = statistics.median(runs)
    print(f"{name:<58} {median:8.1f} {unit}  n={len(runs)} ({' '.join(f'{run:.1f}' for run in runs)})")
    return median
