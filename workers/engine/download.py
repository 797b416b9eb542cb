"""Fetches the engine's jars into the cache: each checked against its sha256, in parallel, with progress.

A file gets its name only when it is whole and its hash is right, so a download that was cut off heals.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from pathlib import Path

import pooch  # type: ignore[import-untyped]  # ships no types
import requests
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workers.engine.artifacts import Artifact
from workers.engine.maven_settings import MavenSettings, Repository
from workers.errors import UserError

THREADS = 8
RETRIES = 4
TIMEOUT_SECONDS = (10, 60)
"""To connect, and between two pieces of a file."""


def has_hash(path: Path, sha256: str) -> bool:
    """Whether the file is there and is the one that the lock names."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


def fetch_all(artifacts: list[Artifact], folder: Path, maven: MavenSettings, console: Console) -> list[Path]:
    """The jars' paths below `folder`, in the given order; what is missing or damaged is fetched.

    Raises UserError that names the artifact when one cannot be had or is not what the lock says.
    """
    missing = [one for one in artifacts if not has_hash(folder / one.path, one.sha256)]
    wanted = [one for one in missing if not _take_from_local_repository(one, folder, maven.local)]
    if wanted:
        _download(wanted, folder, maven.repository, console)
    return [folder / one.path for one in artifacts]


def _take_from_local_repository(artifact: Artifact, folder: Path, local: Path) -> bool:
    """Copy the jar from the user's own Maven repository, if it is there and is the right one."""
    source, target = local / artifact.path, folder / artifact.path
    if not has_hash(source, artifact.sha256):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.part")
    shutil.copyfile(source, partial)
    partial.replace(target)
    return True


def _download(artifacts: list[Artifact], folder: Path, repository: Repository, console: Console) -> None:
    pooch.get_logger().setLevel(logging.WARNING)  # it would name every file above the progress bar
    store = pooch.create(
        path=folder,
        base_url=f"{repository.url}/",
        registry={one.path: f"sha256:{one.sha256}" for one in artifacts},
        retry_if_failed=RETRIES,
    )
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )
    with progress, ThreadPoolExecutor(THREADS) as pool:
        task = progress.add_task("fetching the engine", total=len(artifacts))
        cancelled = threading.Event()
        pending = [pool.submit(_fetch, store, one, repository, cancelled) for one in artifacts]
        try:
            for future in as_completed(pending):
                future.result()
                progress.advance(task)
        except BaseException:  # Ctrl-C too: do not go on with a hundred files first
            cancelled.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch(
    store: pooch.Pooch, artifact: Artifact, repository: Repository, cancelled: threading.Event
) -> None:
    transfer = pooch.HTTPDownloader(chunk_size=1 << 16, timeout=TIMEOUT_SECONDS, auth=repository.auth)

    def downloader(url: str, file: str, source: pooch.Pooch) -> None:
        if cancelled.is_set():
            raise CancelledError
        transfer(url, file, source)

    # pooch makes it without allowing for another process that starts its first engine at the same moment
    (Path(store.path) / artifact.path).parent.mkdir(parents=True, exist_ok=True)
    try:
        store.fetch(artifact.path, downloader=downloader)
    except requests.RequestException as error:
        raise UserError(
            f"cannot fetch {artifact.coordinates} of the engine from {repository.url}: {error}. "
            "Check the network; without one, name a mirror in ~/.m2/settings.xml, "
            f"or copy a filled cache to {store.path}."
        ) from error
    except ValueError as error:
        raise UserError(
            f"{repository.url} sent something else than the lock file says for {artifact.coordinates}: "
            f"{error}. If the mirror is right, the file was tampered with or damaged; nothing was kept."
        ) from error
