"""A stand-in for the Hub's HTTP interface: models in memory, large files by LFS, two tokens."""

import base64
import hashlib
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WRITER, OWNER = "may-write", "me"
LARGE = (".safetensors", ".png", ".webp")


class Hub:
    """What it holds, and what it was asked to do.

    Args:
        failing: a path at which it breaks, once.
    """

    def __init__(self):
        self.files: dict[str, dict[str, bytes]] = {}  # by repository
        self.private: dict[str, bool] = {}
        self.blobs: dict[str, bytes] = {}
        self.stored: list[str] = []  # blobs in the order they came
        self.commits = 0
        self.failing = ""
        self.url = ""

    def sha(self) -> str:
        return f"{self.commits:040x}"

    def answer(self, method: str, path: str, token: str, body: bytes):
        """(status, JSON or bytes, headers)."""
        if self.failing and re.search(self.failing, path):
            self.failing = ""
            return 400, {"error": "The disk is full."}, {}
        if method == "POST" and path == "/api/repos/create":
            return self.create(token, json.loads(body))
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}, {}
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)/(\w+)/\w+", path):
            return self.model(*match.groups(), token, body)
        if match := re.fullmatch(r"/([^/]+/[^/]+)\.git/info/lfs/objects/batch", path):
            return 200, {"transfer": "basic", "objects": self.wanted(json.loads(body))}, {}
        if method == "PUT" and path.startswith("/blobs/"):
            assert hashlib.sha256(body).hexdigest() == path.rpartition("/")[2]
            self.blobs[path.rpartition("/")[2]] = body
            self.stored.append(path.rpartition("/")[2])
            return 200, {}, {}
        if match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/\w+/(.+)", path):
            raw = self.files[match[1]][match[2]]
            etag = hashlib.sha256(raw).hexdigest()
            return 200, raw, {"ETag": f'"{etag}"', "X-Repo-Commit": self.sha()}
        return 404, {"error": "Not here."}, {"X-Error-Code": "RepoNotFound"}

    def create(self, token, asked):
        repo = f"{asked['organization']}/{asked['name']}"
        if token != WRITER:
            return 401, {"error": "Invalid username or password."}, {}
        if asked["organization"] != OWNER:
            return 403, {"error": "You don't have the rights to create a model there."}, {}
        known = repo in self.files
        self.files.setdefault(repo, {})
        self.private.setdefault(repo, asked.get("private") or asked.get("visibility") == "private")
        return 409 if known else 200, {"url": f"{self.url}/{repo}", "name": repo}, {}

    def model(self, repo, action, token, body):
        if repo not in self.files:
            return 404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"}
        files = self.files[repo]
        if action == "preupload":
            asked = [f["path"] for f in json.loads(body)["files"]]
            modes = {p: "lfs" if p.endswith(LARGE) else "regular" for p in asked}
            told = [{"path": p, "uploadMode": m, "shouldIgnore": False} for p, m in modes.items()]
            return 200, {"files": told}, {}
        if action == "commit":
            for line in map(json.loads, body.splitlines()):
                value = line["value"]
                if line["key"] == "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                elif line["key"] == "lfsFile":
                    files[value["path"]] = self.blobs[value["oid"]]
                elif line["key"] == "deletedFile":
                    del files[value["path"]]
            self.commits += 1
            return 200, {"commitUrl": f"{self.url}/{repo}/commit/x", "commitOid": self.sha()}, {}
        if action == "tree":
            rows = [self.row(name, raw) for name, raw in files.items()]
            return 200, rows, {}
        siblings = [{"rfilename": name} for name in files]
        return 200, {"id": repo, "sha": self.sha(), "siblings": siblings}, {}

    def wanted(self, batch):
        """The objects, with the address where one that is not here yet is to go."""
        answers = []
        for asked in batch["objects"]:
            new = asked["oid"] not in self.blobs
            to = {"actions": {"upload": {"href": f"{self.url}/blobs/{asked['oid']}"}}}
            answers.append(asked | (to if new else {}))
        return answers

    def row(self, name, raw):
        oid = hashlib.sha1(raw).hexdigest()
        large = {"oid": hashlib.sha256(raw).hexdigest(), "size": len(raw), "pointerSize": 130}
        row = {"type": "file", "path": name, "size": len(raw), "oid": oid}
        return row | ({"lfs": large} if name.endswith(LARGE) else {})


@contextmanager
def serving():
    """A Hub at an address of this machine."""
    hub, lock = Hub(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self):
            body = self.body()
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            with lock:
                path = self.path.partition("?")[0].replace("%2F", "/")
                status, content, headers = hub.answer(self.command, path, token, body)
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            kind = "octet-stream" if isinstance(content, bytes) else "json"
            headers = headers | {"Content-Type": f"application/{kind}", "Content-Length": len(raw)}
            for name, value in headers.items():
                self.send_header(name, str(value))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(raw)

        def body(self) -> bytes:
            if self.headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length", 0)))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        do_GET = do_HEAD = do_POST = do_PUT = reply

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
