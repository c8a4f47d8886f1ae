"""
Telegram as the daemon meets it: HTTPS, sendMessage, and a script of what goes
wrong.  What Telegram enforces is enforced: known token and chat, valid UTF-8,
text of 1 to 4,096 code points after entities, HTML that parses.
"""

import html
import json
import re
import threading
import time
import urllib.parse
from dataclasses import dataclass

from .http_peer import HttpPeer
from .wait import WAIT_S, wait_for

TEXT_MAX = 4096
RAW_MAX = 32768
TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a", "span", "blockquote",
        "tg-spoiler", "tg-emoji"}


class Refusal(Exception):
    """An answer that Telegram gives to a request that is wrong."""

    def __init__(self, status, description, **parameters):
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def parse_html(text):
    """The plain text, or the refusal that Telegram's parser gives."""
    out, stack, at = [], [], 0
    for match in re.finditer(r"<(/?)([^\s>]*)([^>]*)(>?)", text):
        out.append(_unescape(text[at:match.start()]))
        at = match.end()
        _tag(match, stack, len(text[:match.start()].encode()))
    if stack:
        raise Refusal(400, f"Bad Request: can't parse entities: Can't find end tag corresponding to start tag {stack[-1]}")
    return "".join(out) + _unescape(text[at:])


def _tag(match, stack, offset):
    closing, name, _, end = match.groups()
    name = name.lower()
    if not end:
        raise Refusal(400, f"Bad Request: can't parse entities: Unclosed start tag at byte offset {offset}")
    if closing:
        if not stack or stack.pop() != name:
            raise Refusal(400, f"Bad Request: can't parse entities: Unexpected end tag at byte offset {offset}")
    elif name not in TAGS:
        raise Refusal(400, f'Bad Request: can\'t parse entities: Unsupported start tag "{name}" at byte offset {offset}')
    else:
        stack.append(name)


def _unescape(text):
    return re.sub(r"&(lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);", lambda m: html.unescape(m.group()), text)


@dataclass
class Attempt:
    """One sendMessage: what was asked, and what came of it."""

    time: float
    chat: str
    thread: int
    raw: str
    parse_mode: str
    silent: bool = False
    reply: object = None  # reply_parameters as they came
    message_id: int = 0   # once it is taken
    reply_to: int = 0     # the message that a person sees it reply to
    text: str = ""       # what a person would see
    taken: bool = False  # Telegram has it, whatever the reply was
    outcome: str = ""

    @property
    def lines(self):
        return self.text.split("\n")

    @property
    def mark(self):
        """The incident mark, from the last line."""
        found = re.search(r"#\w+", self.lines[-1])
        return found.group() if found else None


# --- behaviours: each takes (connection, attempt) and sets the outcome; accept() is what Telegram does when all is well ---

def ok(telegram, connection, attempt):
    result = telegram.accept(attempt)
    connection.reply("200 OK", json.dumps({"ok": True, "result": result}))


def error(status, description, headers=(), **parameters):
    def behave(telegram, connection, attempt):
        attempt.outcome = f"{status} {description}"
        telegram.refuse(connection, status, description, parameters, headers)
    return behave


def too_many(seconds, where="body"):
    """429; where: "body", "header" or "both"."""
    headers = () if where == "body" else (f"Retry-After: {seconds}",)
    parameters = {} if where == "header" else {"retry_after": seconds}
    return error(429, f"Too Many Requests: retry after {seconds}", headers, **parameters)


def bad_gateway(telegram, connection, attempt):
    attempt.outcome = "502 html"
    connection.reply("502 Bad Gateway", "<html><h1>502 Bad Gateway</h1>nginx</html>", "text/html")


def hang(telegram, connection, attempt):
    attempt.outcome = "hang"
    connection.hang()


def reset(telegram, connection, attempt):
    attempt.outcome = "reset, not taken"
    connection.reset()


def lost_reply(telegram, connection, attempt):
    """Telegram has the message; the sender never hears so."""
    telegram.accept(attempt)
    attempt.outcome = "taken, reply lost"
    connection.reset()


def garbage(body, status="200 OK"):
    def behave(telegram, connection, attempt):
        attempt.outcome = f"{status} garbage"
        connection.reply(status, body)
    return behave


def late(seconds):
    """Telegram has the message at once; its answer takes its time."""
    def behave(telegram, connection, attempt):
        result = telegram.accept(attempt)
        time.sleep(seconds)
        connection.reply("200 OK", json.dumps({"ok": True, "result": result}))
    return behave


def slow(telegram, connection, attempt):
    body = json.dumps({"ok": True, "result": telegram.accept(attempt)})
    attempt.outcome = "taken, slowly"
    connection.slowly(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode(), 0.005)


chat_not_found = error(400, "Bad Request: chat not found")
cannot_parse = error(400, "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 0")
too_long = error(400, "Bad Request: message is too long")
blocked = error(403, "Forbidden: bot was blocked by the user")
unauthorized = error(401, "Unauthorized")
not_found = error(404, "Not Found")
server_error = error(500, "Internal Server Error: restart")


def migrate(chat):
    return error(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat)


STATUS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
          429: "Too Many Requests", 500: "Internal Server Error"}


class Telegram(HttpPeer):
    TOKEN = "7654321098:AAE2e_Secret-that-nobody-may-see00"
    CHAT = "-100200300"

    def __init__(self, authority):
        self.tokens = {self.TOKEN}
        self.chats = {self.CHAT}
        self.threads = set()
        self.message_ids = {}     # chat: ids of its messages
        self.attempts = []
        self.requests = []
        self.updates = []         # what getUpdates lists: one object an update
        self.webhook = False
        self.scripted = []        # (chat or None, behaviour), used up one a request
        self.otherwise = {}       # chat or None: behaviour for as long as it stands
        self.guard = threading.Lock()
        self.message_id = 0
        self.authority = authority
        super().__init__(authority.server_context() if authority else None)

    # --- what a test says ---

    def script(self, *behaviours, chat=None):
        with self.guard:
            self.scripted += [(chat, behaviour) for behaviour in behaviours]

    def always(self, behaviour, chat=None):
        self.otherwise[chat] = behaviour

    def well(self):
        with self.guard:
            self.scripted.clear()
            self.otherwise.clear()

    # --- what a test asks ---

    def taken(self, chat=None):
        return [a for a in list(self.attempts) if a.taken and chat in (None, a.chat)]

    def lines(self, chat=None):
        return [line for attempt in self.taken(chat) for line in attempt.lines]

    def find(self, pattern, chat=None):
        return [a for a in self.taken(chat) if re.search(pattern, a.text, re.M)]

    def wait(self, pattern, timeout=WAIT_S, count=1, chat=None):
        """The count-th message that matches."""
        def seen():
            found = self.find(pattern, chat)
            return len(found) >= count and found[count - 1]
        return wait_for(seen, f"message {pattern!r} ({count})", timeout)

    def wait_attempts(self, count, timeout=WAIT_S):
        """The first so many, and what Telegram has made of each."""
        wait_for(lambda: len([a for a in list(self.attempts) if a.outcome]) >= count, f"{count} attempts", timeout)
        return self.attempts[:count]

    def story(self):
        lines = [f"{a.time:.3f} chat {a.chat} {a.parse_mode or 'plain'}: {a.outcome}\n    " + a.raw.replace("\n", "\n    ")
                 for a in list(self.attempts)]
        return "telegram got:\n" + "\n".join(lines or ["nothing"])

    # --- Telegram ---

    def respond(self, connection, request):
        self.requests.append(request)
        try:
            if self._is_about_updates(request):
                connection.reply("200 OK", json.dumps({"ok": True, "result": self.updates}))
                return
            attempt = self._read(request)
        except Refusal as refusal:
            self.refuse(connection, refusal.status, refusal.description, refusal.parameters)
            return
        with self.guard:
            self.attempts.append(attempt)
            behave = self._next(attempt.chat)
        try:
            behave(self, connection, attempt)
        except Refusal as refusal:
            attempt.outcome = f"{refusal.status} {refusal.description}"
            self.refuse(connection, refusal.status, refusal.description, refusal.parameters)

    def _next(self, chat):
        for i, (only, behaviour) in enumerate(self.scripted):
            if only in (None, chat):
                del self.scripted[i]
                return behaviour
        return self.otherwise.get(chat) or self.otherwise.get(None) or ok

    def _is_about_updates(self, request):
        found = re.fullmatch(r"/bot([^/]+)/getupdates(\?[^/]*)?", request.path, re.I)
        if not found:
            return False
        if found.group(1) not in self.tokens:
            raise Refusal(401, "Unauthorized")
        if self.webhook:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete "
                               "the webhook first")
        return True

    def _read(self, request):
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", request.path)
        if not found or found.group(2).lower() != "sendmessage":
            raise Refusal(404, "Not Found")
        if found.group(1) not in self.tokens:
            raise Refusal(401, "Unauthorized")
        values = self._values(request)
        return Attempt(request.time, str(values.get("chat_id", "")), int(values.get("message_thread_id", 0)),
                       values.get("text", ""), values.get("parse_mode", ""), values.get("disable_notification", False) is True,
                       values.get("reply_parameters"))

    def _values(self, request):
        try:
            body = request.body.decode()
            if request.headers.get("content-type", "").startswith("application/json"):
                return json.loads(body)
            return dict(urllib.parse.parse_qsl(body, keep_blank_values=True, errors="strict"))
        except UnicodeDecodeError:
            raise Refusal(400, "Bad Request: strings must be encoded in UTF-8") from None
        except ValueError:
            raise Refusal(400, "Bad Request: can't parse JSON") from None

    def accept(self, attempt):
        """Take the message, or refuse it as Telegram would."""
        if attempt.chat not in self.chats:
            raise Refusal(400, "Bad Request: chat not found")
        if attempt.thread and attempt.thread not in self.threads:
            raise Refusal(400, "Bad Request: message thread not found")
        if len(attempt.raw.encode()) > RAW_MAX:
            raise Refusal(400, "Bad Request: text is too long")
        text = self._plain(attempt).strip()
        if not text:
            raise Refusal(400, "Bad Request: message text is empty")
        if len(text) > TEXT_MAX:
            raise Refusal(400, "Bad Request: message is too long")
        attempt.reply_to = self._replied_to(attempt)
        with self.guard:
            self.message_id += 1
            attempt.message_id = self.message_id
            self.message_ids.setdefault(attempt.chat, set()).add(attempt.message_id)
        # Last, since a test that waits for it looks at all the rest then.
        attempt.text, attempt.outcome, attempt.taken = text, "ok", True
        return {"message_id": attempt.message_id, "date": int(time.time()), "chat": {"id": int(attempt.chat)}, "text": text}

    def _replied_to(self, attempt):
        """ReplyParameters: message_id is an Integer; a message that is not there is an error unless that was allowed."""
        if attempt.reply is None:
            return 0
        if not isinstance(attempt.reply, dict) or not isinstance(attempt.reply.get("message_id"), int):
            raise Refusal(400, "Bad Request: can't parse reply parameters JSON object")
        wanted = attempt.reply["message_id"]
        if wanted in self.message_ids.get(attempt.chat, ()):
            return wanted
        if attempt.reply.get("allow_sending_without_reply") is not True:
            raise Refusal(400, "Bad Request: message to be replied not found")
        return 0

    @staticmethod
    def _plain(attempt):
        if not attempt.parse_mode:
            return attempt.raw
        if attempt.parse_mode.lower() != "html":
            raise Refusal(400, "Bad Request: unsupported parse_mode")
        return parse_html(attempt.raw)

    @staticmethod
    def refuse(connection, status, description, parameters=None, headers=()):
        answer = {"ok": False, "error_code": status, "description": description}
        if parameters:
            answer["parameters"] = parameters
        connection.reply(f"{status} {STATUS.get(status, 'Error')}", json.dumps(answer), headers=headers)
