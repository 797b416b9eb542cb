"""The file that finance has uploaded in Tasklist, fetched from the engine (X3)."""

from __future__ import annotations

from pathlib import PurePath

from sqlalchemy import select
from sqlalchemy.orm import Session

from workers.cases import FormReader, shown
from workers.receipts import sheets
from workers.receipts.store import BankStatement
from workers.runtime import EngineVariables
from workers.runtime.http import EngineRefused

VARIABLE = "statementFile"
UNNAMED = "银行流水"


def content(engine: EngineVariables, process_instance_id: str, reader: FormReader) -> bytes | None:
    """The uploaded bytes; None, with a finding, when there is no file."""
    try:
        found = engine.get_binary(process_instance_id, VARIABLE)
    except EngineRefused as error:
        if error.status not in (400, 404):  # these say that the variable is missing or no file
            raise
        found = b""
    if not found:
        reader.wrong(VARIABLE, "银行流水文件：请选择要上传的文件，文件不能为空")
        return None
    if len(found) > sheets.LARGEST_FILE:
        reader.wrong(VARIABLE, f"银行流水文件：不得超过{sheets.LARGEST_FILE // 1024 // 1024}MB")
        return None
    return found


def filename(sent: object) -> str:
    """The file's name without its folders, as far as it is one."""
    return PurePath((shown(sent, 300) or "").replace("\\", "/").replace("\n", " ")).name or UNNAMED


def finished(session: Session, case_no: str, reader: FormReader) -> bool:
    """Whether nothing more has to be uploaded: something was, before."""
    before = session.scalars(
        select(BankStatement.id).where(BankStatement.case_no == case_no).limit(1)
    ).first()
    if before is None:
        reader.wrong("uploadFinished", "尚未导入任何流水：请上传文件，或在“进度与撤回”中撤回")
    return before is not None
