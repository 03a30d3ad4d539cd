"""Runs schemathesis against the binary, started here on a free port with a folder of its own.

Further arguments go to `schemathesis run`. Called by `just schemathesis`, which builds the binary first.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PASSWORD = "violet harbour 42 lamps"


def free_port():
    """A port of loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until_ready(server, base):
    """Returns when the server is ready, raises when it ends or a minute has passed."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        try:
            urllib.request.urlopen(base + "/health/ready", timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server was not ready within a minute")


def post(base, path, body):
    """Posts JSON and hands back the JSON of the answer; an error status is raised."""
    request = urllib.request.Request(
        base + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def administrator(base):
    """The access token of the first account."""
    post(base, "/api/auth/register", {"username": "keeper", "email": "keeper@example.org", "password": PASSWORD})
    return post(base, "/api/auth/login", {"username": "keeper", "password": PASSWORD})["access_token"]


def check(base, folder):
    """The exit code of schemathesis."""
    environment = {
        **os.environ,
        "VESTIBULE_BASE": base,
        "VESTIBULE_ADMIN_TOKEN": administrator(base),
        # The hooks are a module beside this file.
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    program = pathlib.Path(sys.executable).with_name("schemathesis")
    command = [program, "--config-file", HERE / "schemathesis.toml", "run", base + "/openapi.json", *sys.argv[1:]]
    # What it leaves behind belongs into the folder that goes away.
    return subprocess.run(command, cwd=folder, env=environment).returncode


def main():
    base = f"http://127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory(prefix="vestibule-schemathesis-") as folder:
        settings = {
            "PATH": os.environ["PATH"],
            "BIND": base.removeprefix("http://"),
            "DATA_DIR": str(pathlib.Path(folder, "data")),
            # Enough sessions that no generated sign-in ends another, and only what went wrong in the log.
            "SESSIONS_PER_USER": "1000",
            # All requests come from one address, and a 429 tells nothing of an operation.
            "RATE_LIMITS": "off",
            "LOG_LEVEL": "warn",
        }
        log = pathlib.Path(folder, "log")
        with log.open("wb") as output:
            server = subprocess.Popen(
                [ROOT / "target/debug/vestibule"], cwd=folder, env=settings, stdout=output, stderr=output
            )
        code = 1
        try:
            wait_until_ready(server, base)
            code = check(base, folder)
            if server.poll() is not None:
                code = 1
        finally:
            server.terminate()
            server.wait(60)
            if code != 0:
                sys.stderr.write("".join(log.read_text(errors="replace").splitlines(keepends=True)[-40:]))
    return code


if __name__ == "__main__":
    sys.exit(main())
