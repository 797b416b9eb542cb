"""The ceiling: what the engine gives to threads that only fetch and complete, over raw kept-alive connections.

MODE is the number of connections; with a second number after a colon, completions go in batches of that many.
"""

import base64
import json
import os
import sys
import threading
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

ENV = os.environ
OUTPUT = {"seen": {"value": 1, "type": "Long"}}
FETCH = 20
TRIES = 5


class Connection:
    """One worker of the engine's, with a connection of its own."""

    def __init__(self, number: int) -> None:
        parts = urlsplit(ENV["ENGINE"])
        self._http = HTTPConnection(str(parts.hostname), parts.port)
        token = base64.b64encode(f"{ENV['ENGINE_USER']}:{ENV['PASSWORD']}".encode()).decode()
        self._headers = {"Content-Type": "application/json", "Authorization": f"Basic {token}"}
        self._path = parts.path
        self.worker = f"ceiling-{os.getpid()}-{number}"
        topics = [
            {"topicName": topic, "lockDuration": 60000, "variables": []} for topic in ENV["TOPICS"].split(",")
        ]
        self._fetch = json.dumps(
            {
                "workerId": self.worker,
                "maxTasks": FETCH,
                "usePriority": True,
                "asyncResponseTimeout": 5000,
                "topics": topics,
            }
        ).encode()
        self._complete = json.dumps({"workerId": self.worker, "variables": OUTPUT}).encode()

    def call(self, path: str, body: bytes) -> bytes:
        """One request; what the engine refuses for the moment, such as a deadlock in its database, once more."""
        for _ in range(TRIES):
            self._http.request("POST", self._path + path, body, self._headers)
            response = self._http.getresponse()
            content = response.read()
            if response.status < 300:
                return content
            sys.stderr.write(f"{self.worker}: {response.status} {content[:300]!r}\n")
        raise RuntimeError(f"{path}: refused {TRIES} times")

    def loop(self, batch: int) -> None:
        """Fetch and complete, for ever."""
        while True:
            fetched: list[dict[str, Any]] = json.loads(self.call("/external-task/fetchAndLock", self._fetch))
            ids = [task["id"] for task in fetched]
            if batch:
                for start in range(0, len(ids), batch):
                    tasks = [{"id": task, "variables": OUTPUT} for task in ids[start : start + batch]]
                    body = json.dumps({"workerId": self.worker, "tasks": tasks}).encode()
                    self.call("/salesflow/external-task/complete", body)
            else:
                for task in ids:
                    self.call(f"/external-task/{task}/complete", self._complete)


def main() -> None:
    """Be the load driver."""
    connections, _, batch = ENV["MODE"].partition(":")
    threads = [
        threading.Thread(target=Connection(number).loop, args=(int(batch or 0),), daemon=True)
        for number in range(int(connections))
    ]
    for thread in threads:
        thread.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threads[0].join()


if __name__ == "__main__":
    main()
