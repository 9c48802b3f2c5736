"""Files for people to keep, made in memory and held in Gradio's own cache, which cleans itself."""

import io
import zipfile
from collections.abc import Iterable
from typing import Any

from gradio import DownloadButton
from gradio.data_classes import FileData
from gradio.processing_utils import save_bytes_to_cache


class Download(DownloadButton):
    """A download button whose value is (file name, contents); None switches it off."""

    is_template = True  # keep the front end of gr.DownloadButton

    def postprocess(self, value: Any) -> FileData | None:
        if value is None:
            return None
        return FileData(path=cached(value, self.GRADIO_CACHE), orig_name=value[0])


def cached(file: tuple[str, bytes], folder: str) -> str:
    """Where a file, (name, contents), lies in the cache of a component, its `GRADIO_CACHE`."""
    return save_bytes_to_cache(file[1], file[0], folder)


def save(elem_id: str) -> str:
    """For `js`, after the event that gave a download button its file: the browser saves it."""
    return f"() => setTimeout(() => document.getElementById('{elem_id}').click(), 500)"


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of files, each with its name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in files:
            archive.writestr(*file)
    return buffer.getvalue()
