#!/usr/bin/env python3
"""What the doors for mail cost: idle connections, long mails, and fetching by IMAP beside mbsync.

    scripts/bench/doors.py idle      2,000 idle connections: memory each, and how soon a normal client is answered meanwhile
    scripts/bench/doors.py large     20 mails of 25 MB at once: how much the memory grows
    scripts/bench/doors.py imap      20 KB mails from one Dovecot, by Postroom and by mbsync (FSync on) in turns

Needs target/release/postroom and the example `intake` (cargo build --release --workspace --examples), for imap the Debian packages
dovecot-imapd and isync, and root. Each prints its figures with n; the exit status is 1 where a goal is missed.
"""
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PORT = 2725
GOOD = b"From: anna@mlyn.example\r\nTo: mlyn@in.example\r\nSubject: (03/2026) (483920) {FK}\r\n\r\n"


class Intake:
    """The SMTP listener, gate and store in a folder."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(dir=ROOT / "target", prefix="bench-doors.")
        program = ROOT / "target/release/examples/intake"
        self.process = subprocess.Popen([program, self.folder.name + "/data", str(PORT)], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", PORT)).close()
                return self
            except OSError:
                time.sleep(0.1)
        sys.exit("the intake did not come up")

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.folder.cleanup()

    def memory(self, name="VmRSS"):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        return 0


class Client:
    def __init__(self, source="127.0.0.1"):
        self.socket = socket.create_connection(("127.0.0.1", PORT), source_address=(source, 0))
        self.file = self.socket.makefile("rb")
        self.reply()

    def reply(self):
        while True:
            line = self.file.readline()
            if not line or line[3:4] != b"-":
                return line

    def say(self, line, code):
        self.socket.sendall(line + b"\r\n")
        reply = self.reply()
        assert reply.startswith(code), (line, reply)

    def mail(self, body):
        self.say(b"EHLO client.example", b"250")
        self.say(b"MAIL FROM:<anna@mlyn.example>", b"250")
        self.say(b"RCPT TO:<mlyn@in.example>", b"250")
        self.say(b"DATA", b"354")
        self.socket.sendall(GOOD + body)
        self.say(b".", b"250")
        self.socket.close()


def load():
    return open("/proc/loadavg").read().split()[0]


def idle(count=2_000, probes=200):
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (8_192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with Intake() as intake:
        for n in range(20):
            Client().mail(b"warm up %d\r\n" % n)
        before = intake.memory()
        held = []
        for n in range(count):
            client = Client(f"127.0.{1 + n // 250}.{1 + n % 250}")
            client.say(b"EHLO idle.example", b"250")
            held.append(client)
        time.sleep(1)
        each = (intake.memory() - before) / count
        times = []
        for n in range(probes):
            begun = time.monotonic()
            Client().mail(b"probe %d\r\n" % n)
            times.append((time.monotonic() - begun) * 1_000)
        times.sort()
        p99 = times[int(len(times) * 0.99)]
        alive = sum(1 for client in held if client.say(b"NOOP", b"250") is None)
    print(f"idle: {alive} of {count} connections from {count // 250 + 1} networks held, {each / 1024:.1f} KB each; "
          f"a whole mail meanwhile: median {statistics.median(times):.1f} ms, p99 {p99:.1f} ms (n={probes}, each durable); load {load()}")
    return each < 20 * 1024 and p99 < 100 and alive == count


def large(count=20, size=25_000_000):
    with Intake() as intake:
        for n in range(20):
            Client().mail(b"warm up %d\r\n" % n)
        before, peak, done = intake.memory(), [0], threading.Event()

        def watch():
            while not done.is_set():
                peak[0] = max(peak[0], intake.memory())
                time.sleep(0.005)

        watcher = threading.Thread(target=watch)
        watcher.start()
        line = b"0123456789abcdef" * 4 + b"\r\n"
        begun = time.monotonic()
        senders = [threading.Thread(target=lambda n=n: Client().mail(b"%d\r\n" % n + line * (size // len(line)))) for n in range(count)]
        [sender.start() for sender in senders]
        [sender.join() for sender in senders]
        took = time.monotonic() - begun
        done.set()
        watcher.join()
        grown = peak[0] - before
    print(f"large: {count} mails of {size / 1e6:.0f} MB at once: memory grows by {grown / 2**20:.1f} MiB at most; "
          f"{took:.1f} s, {count * size / took / 1e6:.0f} MB/s; load {load()}")
    return grown < 64 * 2**20


DOVECOT = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:{root}/mail/%u
mail_max_userip_connections = 50
service imap-login {{
 inet_listener imap {{
  port = {port}
 }}
 inet_listener imaps {{
  port = 0
 }}
}}
passdb {{
 driver = static
 args = password=secret
}}
userdb {{
 driver = static
 args = uid=nobody gid=nogroup home={root}/home/%u
}}
"""


def imap(count=2_000, runs=3):
    port = 2743
    with tempfile.TemporaryDirectory(dir=ROOT / "target", prefix="bench-imap.") as root:
        os.chmod(root, 0o755)
        root = pathlib.Path(root)
        for name in ("run", "state", "mail", "home", "mail/office/new", "mail/office/cur", "mail/office/tmp"):
            (root / name).mkdir(parents=True, exist_ok=True)
        line = b"0123456789abcdef" * 4 + b"\r\n"
        for n in range(count):
            mail = b"Delivered-To: mlyn@in.example\r\nMessage-ID: <%d@x.example>\r\n" % n + GOOD + line * (20_000 // len(line))
            (root / f"mail/office/new/17{n:08}.M{n}.bench").write_bytes(mail)
        (root / "dovecot.conf").write_text(DOVECOT.format(root=root, port=port))
        subprocess.run(["chown", "-R", "nobody:nogroup", root / "mail", root / "home"], check=True)
        subprocess.run(["dovecot", "-c", root / "dovecot.conf"], check=True)
        try:
            ours, theirs = [], []
            mbsync(root, port, "warm")
            for n in range(runs):
                ours.append(count / postroom(root, port, n, count))
                theirs.append(count / mbsync(root, port, n))
        finally:
            subprocess.run(["kill", (root / "run/master.pid").read_text().strip()], check=False)
            time.sleep(1)
    a, b = statistics.median(ours), statistics.median(theirs)
    show = lambda all: " ".join(f"{one:.0f}" for one in all)
    print(f"imap: {count} mails of 20 KB, durable, mails/s: postroom {a:.0f} ({show(ours)}), mbsync {b:.0f} ({show(theirs)}), "
          f"ratio {a / b:.2f}; load {load()}")
    return a >= 2 * b


def postroom(root, port, n, count):
    folder = root / f"postroom-{n}"
    environment = os.environ | {"POSTROOM_STORAGE__FOLDER": str(folder), "POSTROOM_SMTP__ENABLED": "false", "POSTROOM_HTTP__LISTEN": "127.0.0.1:0"}
    run = lambda *arguments: subprocess.run([ROOT / "target/release/postroom", *arguments], env=environment, check=True, input=b"secret\n", stdout=subprocess.DEVNULL)
    run("office", "add", "Biuro")
    run("company", "add", "Mlyn", "--address", "mlyn@in.example", "--pin", "483920")
    # Marked as mbsync does not: nothing, as the mailbox serves several runs.
    run("mailbox", "add", "office", "--host", "127.0.0.1", "--port", str(port), "--security", "plain", "--login", "office",
        "--password-file", "-", "--afterwards", "keep")
    import sqlite3

    begun = time.monotonic()
    serve = subprocess.Popen([ROOT / "target/release/postroom", "serve"],
                             env=environment, stderr=subprocess.DEVNULL)
    try:
        database = sqlite3.connect(f"file:{folder}/postroom.db?mode=ro", uri=True)
        while database.execute("SELECT count(*) FROM submission").fetchone()[0] < count:
            if time.monotonic() - begun > 300:
                sys.exit("postroom fetched too little in five minutes")
            time.sleep(0.02)
        return time.monotonic() - begun
    finally:
        serve.terminate()
        serve.wait()
        shutil.rmtree(folder, ignore_errors=True)


def mbsync(root, port, n):
    target = root / f"mbsync-{n}"
    target.mkdir()
    (root / "mbsyncrc").write_text(f"""
FSync yes
IMAPAccount office
Host 127.0.0.1
Port {port}
User office
Pass secret
SSLType None
AuthMechs LOGIN

IMAPStore far
Account office

MaildirStore near
Path {target}/
Inbox {target}/INBOX

Channel office
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull New
SyncState *
""")
    begun = time.monotonic()
    subprocess.run(["mbsync", "-q", "-c", root / "mbsyncrc", "office"], check=True)
    took = time.monotonic() - begun
    shutil.rmtree(target)
    return took


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["idle", "large", "imap"]
    good = [{"idle": idle, "large": large, "imap": imap}[name]() for name in chosen]
    sys.exit(0 if all(good) else 1)
