"""A file that a person uploads or names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.data.recognise_file import files_of
from dashboard import cached_data

UPLOADS = "uploads"


@dataclass(frozen=True)
class FileChoice:
    """A file that was uploaded, or else a path on this machine: a file, folder or pattern."""

    upload: UploadedFile | None
    text: str

    @property
    def path(self) -> Path:
        """The path that was entered."""
        return Path(self.text.strip()).expanduser()

    @property
    def name(self) -> str:
        """The name of the file without its folder."""
        return self.path.name if self.upload is None else self.upload.name

    @property
    def version(self) -> str:
        """A string that differs between files and changes with the content; "" for none.

        Raises
        ------
        UserError
            If there is no such file.
        """
        if self.upload is not None:
            return str(self.upload.file_id)
        if not self.text.strip():
            return ""
        files = [(str(file), file.stat()) for file in files_of(self.path)]
        return repr([(name, stat.st_mtime_ns, stat.st_size) for name, stat in files])


def chosen_file(folder: str, choice: FileChoice) -> Path | None:
    """Return the absolute path that was chosen, if any; an upload is saved first."""
    if choice.upload is not None:
        target = cached_data.store().root / UPLOADS / folder / safe_name(choice.upload.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(choice.upload.getbuffer())
        return target.resolve()
    if not choice.text.strip():
        return None
    files_of(choice.path)  # raises if there is none
    return choice.path.resolve()


def safe_name(name: str) -> str:
    """Return the name of an upload without folders and unusual characters."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", Path(name).name).lstrip(".") or "file"
