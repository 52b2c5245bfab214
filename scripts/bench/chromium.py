"""Chromium, driven by chromedriver's own protocol (W3C WebDriver): what a person waits for."""

import json
import subprocess
import tempfile
import time
import urllib.request

OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1440,900"]

# The moment at which the first row of the list stands on the screen: it is in the page as it comes, so it is painted with the first content.
FIRST_ROW = """
const done = arguments[0];
const told = () => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  if (!paint) return requestAnimationFrame(told);
  const row = document.querySelector("tbody tr")?.getBoundingClientRect();
  done(row && row.height > 0 && row.top < innerHeight ? paint.startTime : null);
};
told();
"""

# From the press of the button to a frame with the next paper's number of the page and its whole picture.
NEXT = """
const done = arguments[0];
const before = location.pathname, begun = performance.now();
const told = () => {
  const picture = document.querySelector(".stage img");
  if (location.pathname === before || !picture?.complete || !picture.naturalWidth) return requestAnimationFrame(told);
  requestAnimationFrame(() => done(performance.now() - begun));
};
document.querySelector("#next").click();
told();
"""


class Chromium:
    """A browser that is signed in. Used with `with`."""

    def __init__(self, address: str, cookie: str):
        self.base, self.cookie = f"http://{address}", cookie
        self.folder = tempfile.TemporaryDirectory()
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.url = f"http://127.0.0.1:{line.rstrip().rstrip('.').split()[-1]}/session"
                break
        arguments = [*OPTIONS, f"--user-data-dir={self.folder.name}"]
        made = self.ask("POST", "", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": arguments}}}})
        self.url += "/" + made["sessionId"]
        self.open("/sign-in")
        name, value = cookie.split("=", 1)
        self.ask("POST", "/cookie", {"cookie": {"name": name, "value": value}})

    def __enter__(self) -> "Chromium":
        return self

    def __exit__(self, *_) -> None:
        self.ask("DELETE", "")
        self.driver.terminate()
        self.driver.wait()
        self.folder.cleanup()

    def ask(self, method: str, path: str, body: dict | None = None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"content-type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, path: str) -> None:
        self.ask("POST", "/url", {"url": self.base + path})

    def run(self, script: str):
        """What a script gives to its callback."""
        return self.ask("POST", "/execute/async", {"script": script, "args": []})

    def first_row(self, path: str, runs: int) -> list[float]:
        """Milliseconds from asking for a list to its first row on the screen."""
        found = []
        for _ in range(runs):
            self.open(path)
            found.append(self.run(FIRST_ROW))
        assert None not in found, f"{path} shows no row"
        return found

    def next_papers(self, path: str, papers: int) -> list[float]:
        """Milliseconds from asking for the next paper of a list to seeing it, for a person who looks at each for two seconds."""
        self.open(path)
        found = []
        for _ in range(papers):
            time.sleep(2)
            found.append(self.run(NEXT))
        return found
