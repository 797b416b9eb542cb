"""The engine's REST interface for everything but the workers' hot path (that is `runtime.client`).

One pooled session; every call has a timeout; every failure is one of three exceptions. Threads may share it.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from workers.runtime.http import EngineError, EngineRefused, EngineUnavailable, NotFound, refusal
from workers.runtime.variables import decode_all, encode_all

__all__ = ["EngineClient", "EngineError", "EngineRefused", "EngineUnavailable", "NotFound"]

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
DEPLOY_SECONDS = 120.0  # parsing a folder of diagrams on a busy machine


class EngineClient:
    """A client of one engine. `base_url` ends with `/engine-rest`; without a user no credentials are sent."""

    def __init__(
        self,
        base_url: str,
        user: str | None = None,
        password: str | None = None,
        *,
        pool_size: int = 10,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._timeouts = (connect_seconds, read_seconds)
        self._session = requests.Session()
        self._session.trust_env = (
            False  # a proxy or .netrc of the user must not come between us and the engine
        )
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=pool_size, pool_block=True)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        if user is not None:
            # as bytes: requests would encode a text as latin-1, and a password may hold any character
            self._session.auth = HTTPBasicAuth(user.encode(), (password or "").encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()

    # -- plain calls --

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: object = None,
        files: Mapping[str, Any] | None = None,
        accept: str = "application/json",
        read_seconds: float | None = None,
    ) -> requests.Response:
        """Make one call; `path` starts with a slash. Raises EngineUnavailable, NotFound or EngineRefused."""
        connect, read = self._timeouts
        data, headers = None, {"Accept": accept}
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            response = self._session.request(
                method,
                self.base_url + path,
                params=_plain(params),
                data=data,
                files=files,
                headers=headers,
                timeout=(connect, read_seconds or read),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise EngineUnavailable(f"no engine at {self.base_url}: {_cause(error)}") from error
        if response.status_code >= 300:
            raise refusal(response.status_code, response.content)
        return response

    def get(self, path: str, **params: Any) -> Any:
        """GET as JSON; keywords are query parameters (lists become comma-separated, None is left out)."""
        return _json(self.request("GET", path, params=params))

    def get_bytes(self, path: str) -> bytes:
        """GET as raw bytes, for the data of files. EngineUnavailable when the answer may be a part."""
        return _whole(self.request("GET", path, accept="*/*")).content

    def post(self, path: str, body: object = None, **params: Any) -> Any:
        """POST a JSON body; returns the answer, None when it is empty."""
        return _json(self.request("POST", path, params=params, body={} if body is None else body))

    def put(self, path: str, body: object = None, **params: Any) -> Any:
        """PUT a JSON body; returns the answer, None when it is empty."""
        return _json(self.request("PUT", path, params=params, body={} if body is None else body))

    def delete(self, path: str, body: object = None, **params: Any) -> Any:
        """DELETE; returns the answer, None when it is empty."""
        return _json(self.request("DELETE", path, params=params, body=body))

    def count(self, path: str, **params: Any) -> int:
        """The number of things at a path that has a `/count`, for example count("/external-task")."""
        return int(self.get(f"{path}/count", **params)["count"])

    def version(self) -> str:
        """The engine's version, for example 7.24.0."""
        answer = self.get("/version")
        if not isinstance(answer, dict) or "version" not in answer:
            raise EngineUnavailable(f"{self.base_url} answers, but not as an engine")
        return str(answer["version"])

    # -- deployments, starts, messages --

    def deploy(self, name: str, files: Mapping[str, bytes], source: str = "salesflow") -> dict[str, Any]:
        """Deploy the files as one whole, unless the newest deployment of that name and source is the same.

        Returns the deployment; `deployedProcessDefinitions` and its like are null when nothing changed.
        """
        parts: dict[str, Any] = {
            "deployment-name": (None, name),
            "deployment-source": (None, source),
            "enable-duplicate-filtering": (None, "true"),
            "deploy-changed-only": (None, "false"),
        }
        for filename, content in files.items():
            parts[filename] = (filename, content, "application/octet-stream")
        response = self.request("POST", "/deployment/create", files=parts, read_seconds=DEPLOY_SECONDS)
        return dict(_json(response))

    def start(
        self, key: str, variables: Mapping[str, object] | None = None, business_key: str | None = None
    ) -> dict[str, Any]:
        """Start the newest version of a process; values are plain Python (see runtime.variables)."""
        body = {"variables": encode_all(variables or {}), "businessKey": business_key}
        return dict(self.post(f"/process-definition/key/{quote(key, safe='')}/start", body))

    def correlate(
        self,
        message: str,
        business_key: str | None = None,
        variables: Mapping[str, object] | None = None,
        *,
        process_instance_id: str | None = None,
    ) -> list[dict[str, Any]]:
        """Correlate a message to exactly one case or message start. EngineRefused (400) when none waits."""
        body = {
            "messageName": message,
            "businessKey": business_key,
            "processInstanceId": process_instance_id,
            "processVariables": encode_all(variables or {}),
            "resultEnabled": True,
        }
        return list(self.post("/message", {name: value for name, value in body.items() if value is not None}))

    # -- user tasks --

    def tasks(self, **query: Any) -> list[dict[str, Any]]:
        """Open user tasks; the query's names are the engine's (processInstanceBusinessKey, assignee, ...)."""
        return list(self.get("/task", **query))

    def task_variables(self, task_id: str) -> dict[str, Any]:
        """All variables that the task sees, decoded; files as None (read them with get_binary)."""
        return decode_all(self.get(f"/task/{task_id}/variables", deserializeValues=False))

    def form_variables(self, task_id: str, *names: str) -> dict[str, Any]:
        """The variables that the task's form loads, decoded."""
        path = f"/task/{task_id}/form-variables"
        return decode_all(self.get(path, variableNames=names or None, deserializeValues=False))

    def complete_task(self, task_id: str, variables: Mapping[str, object] | None = None) -> None:
        """Complete a user task as its form would."""
        self.post(f"/task/{task_id}/complete", {"variables": encode_all(variables or {})})

    def claim(self, task_id: str, user: str) -> None:
        """Make `user` the task's assignee; refused when somebody else has claimed it."""
        self.post(f"/task/{task_id}/claim", {"userId": user})

    def identity_links(self, task_id: str) -> list[dict[str, Any]]:
        """The users and groups that the task is offered to."""
        return list(self.get(f"/task/{task_id}/identity-links"))

    # -- running and finished cases --

    def process_instances(self, **query: Any) -> list[dict[str, Any]]:
        """Running process instances."""
        return list(self.get("/process-instance", **query))

    def variables(self, process_instance_id: str) -> dict[str, Any]:
        """A running instance's variables, decoded; files as None."""
        path = f"/process-instance/{process_instance_id}/variables"
        return decode_all(self.get(path, deserializeValues=False))

    def get_binary(self, process_instance_id: str, name: str) -> bytes:
        """The bytes of a File variable of a running instance.

        Raises EngineRefused when the engine says that there is none, and EngineUnavailable when something else speaks
        in its place: a proxy's page must not be taken for what somebody has uploaded, nor its 404 for nothing.
        """
        path = f"/process-instance/{process_instance_id}/variables/{quote(name, safe='')}"
        try:
            described = self.get(path, deserializeValue=False)
            file = _whole(self.request("GET", f"{path}/data", accept="*/*"))
        except EngineRefused as refused:
            if refused.type:
                raise
            raise EngineUnavailable(f"{self.base_url} does not answer as an engine: {refused}") from refused
        announced = (described.get("valueInfo") or {}).get("mimeType")
        if _kind(file.headers.get("Content-Type")) != _kind(announced):
            raise EngineUnavailable(f"the answer from {self.base_url} is not the file {name}")
        return file.content

    def external_tasks(self, **query: Any) -> list[dict[str, Any]]:
        """Open external tasks."""
        return list(self.get("/external-task", **query))

    def jobs(self, **query: Any) -> list[dict[str, Any]]:
        """Jobs: timers and asynchronous continuations."""
        return list(self.get("/job", **query))

    def execute_job(self, job_id: str) -> None:
        """Run a job now, in the call: a timer fires without anybody waiting for its time."""
        self.post(f"/job/{job_id}/execute")

    def incidents(self, **query: Any) -> list[dict[str, Any]]:
        """Open incidents."""
        return list(self.get("/incident", **query))

    def history(self, kind: str, **query: Any) -> list[dict[str, Any]]:
        """History of a kind: process-instance, activity-instance, task, external-task-log, ..."""
        return list(self.get(f"/history/{kind}", **query))


def _cause(error: requests.RequestException) -> str:
    """What the network said ("[Errno 111] Connection refused"), without the layers that passed it on."""
    link: BaseException | None = error
    while link is not None and (isinstance(link, requests.RequestException) or not isinstance(link, OSError)):
        link = link.__cause__ or link.__context__
    return str(link or error)


def _plain(params: Mapping[str, Any] | None) -> dict[str, str] | None:
    if not params:
        return None
    return {name: _parameter(value) for name, value in params.items() if value is not None}


def _parameter(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(str(item) for item in value)
    return str(value)


def _whole(response: requests.Response) -> requests.Response:
    """The answer, if it has a length: one that was cut within its headers looks like one that is empty."""
    if not any(response.headers.get(name) for name in ("Content-Length", "Transfer-Encoding")):
        raise EngineUnavailable(f"the answer from {response.url} broke off")
    return response


def _json(response: requests.Response) -> Any:
    if not response.content:
        if response.status_code != HTTPStatus.NO_CONTENT:
            _whole(response)
        return None
    try:
        return json.loads(response.content)
    except ValueError as error:
        raise EngineUnavailable(
            f"{response.url} answered something else than JSON: not an engine?"
        ) from error


def _kind(media_type: str | None) -> str:
    """A media type without its parameters; the engine calls a file whose type it does not know a stream of octets."""
    return (media_type or "application/octet-stream").partition(";")[0].strip().lower()
