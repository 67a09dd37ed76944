"""A browser as the server sees it: cookies, headers, an address of its own."""

import json
from urllib.parse import urlencode, urlsplit

from tests.load.http_client import Answer, Connections, encode

CSRF = "c" * 32
AGENT = (
    "Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/86.0.4240.99 Mobile Safari/537.36 MicroMessenger/8.0"
)


class EntryPoint:
    """How browsers reach the installation.

    In production through the proxy, whose connections all share and which says who
    asks; else directly, each from its own address of the loopback network.
    """

    def __init__(self, address: str, port: int, *, proxied: bool, addresses: int):
        self.address = address
        self.port = port
        self.proxied = proxied
        self.addresses = addresses
        self.shared = Connections(port) if proxied else None

    def browser(self, number: int, session: str = "") -> "Browser":
        """Return the browser of the visitor of a number, signed in by a session."""
        number = number % self.addresses + 256
        address = f"{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        if self.proxied:
            headers = {
                "X-Forwarded-For": f"10.{address}",
                "X-Forwarded-Proto": urlsplit(self.address).scheme,
            }
            return Browser(self.address, self.shared, headers, session)
        own = Connections(self.port, idle=2, local=f"127.{address}")
        return Browser(self.address, own, {}, session)


class Browser:
    """Sends requests, keeps cookies."""

    def __init__(self, address, connections, headers, session=""):
        self.address = address
        self.connections = connections
        self.headers = {
            "Host": urlsplit(address).netloc,
            "User-Agent": AGENT,
            "Accept-Encoding": "gzip",
            **headers,
        }
        self.cookies = {"sessionid": session, "csrftoken": CSRF} if session else {}

    async def get(self, path: str, **headers: str) -> Answer:
        """Fetch a page."""
        return await self._send("GET", path, headers)

    async def post_form(self, path: str, **fields: str) -> Answer:
        """Post a form of one of our pages."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._post(path, urlencode(fields).encode(), headers)

    async def post_json(self, path: str, body: dict, **headers: str) -> Answer:
        """Make a call of the exam protocol."""
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return await self._post(
            path, data, {"Content-Type": "application/json", **headers}
        )

    async def _post(self, path, data, headers):
        self.cookies.setdefault("csrftoken", CSRF)
        headers |= {
            "Origin": self.address,
            "X-CSRFToken": self.cookies["csrftoken"],
        }
        return await self._send("POST", path, headers, data)

    async def _send(self, method, path, headers, data=b""):
        if self.cookies:
            pairs = [f"{name}={value}" for name, value in self.cookies.items()]
            headers = {"Cookie": "; ".join(pairs), **headers}
        request = encode(method, path, self.headers | headers, data)
        answer = await self.connections.send(request)
        self.cookies |= answer.cookies
        return answer
