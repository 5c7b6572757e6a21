"""Files on their way to a model: read, scaled in a process of their own, and their text taken."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from switchyard.core.content import Attachment
from switchyard.core.errors import UserError
from switchyard.core.media import ImageLimits
from switchyard.services.attachments import Attachments, Upload, check_upload, prepare, read_upload
from switchyard.storage.blobs import Blobs

LIMITS = ImageLimits(64, 100_000)
GIF = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj "
    b"4 0 obj<</Length 43>>stream\nBT /F1 12 Tf 20 100 Td (Hello reader) Tj ET\nendstream endobj "
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)


def picture(form: str, side: int, *, alpha: bool = False) -> bytes:
    image = QImage(side, side // 2, QImage.Format.Format_ARGB32 if alpha else QImage.Format.Format_RGB32)
    image.fill(0x80336699)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, form)  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def size(attachment: Attachment) -> tuple[int, int]:
    image = QImage.fromData(base64.b64decode(attachment.base64))
    return image.width(), image.height()


async def test_an_image_is_scaled_to_the_limit_and_keeps_its_shape() -> None:
    ready = await prepare(check_upload("big.png", picture("PNG", 400)), LIMITS)
    assert (ready.media_type, ready.name, size(ready)) == ("image/jpeg", "big.png", (64, 32))
    clear = await prepare(check_upload("clear.png", picture("PNG", 400, alpha=True)), LIMITS)
    assert (clear.media_type, size(clear)) == ("image/png", (64, 32))


async def test_a_small_image_is_sent_as_it_is() -> None:
    content = picture("WEBP", 40)
    ready = await prepare(check_upload("small.webp", content), LIMITS)
    assert (ready.media_type, ready.base64) == ("image/webp", base64.b64encode(content).decode())


async def test_a_gif_becomes_another_image_where_it_is_not_taken() -> None:
    upload = check_upload("dot.gif", GIF)
    assert (await prepare(upload, LIMITS)).media_type == "image/gif"
    ready = await prepare(upload, LIMITS._replace(gif=False))
    assert ready.media_type in ("image/png", "image/jpeg")
    assert size(ready) == (1, 1)


async def test_a_heavy_image_loses_bytes() -> None:
    ready = await prepare(check_upload("heavy.jpg", picture("JPG", 60)), ImageLimits(64, 400))
    assert len(base64.b64decode(ready.base64)) <= 700  # what is left at the smallest size


@pytest.mark.parametrize(
    ("name", "content"), [("torn.png", picture("PNG", 40)[:60]), ("torn.pdf", b"%PDF-1.4 and then nothing")]
)
async def test_a_damaged_file_is_named(name: str, content: bytes) -> None:
    with pytest.raises(UserError, match=f"{name} cannot be read"):
        await prepare(check_upload(name, content), LIMITS)


async def test_the_text_of_documents_is_read() -> None:
    pdf = await prepare(check_upload("a.pdf", PDF), LIMITS)
    assert (pdf.media_type, pdf.text) == ("application/pdf", "Hello reader")
    text = await prepare(check_upload("a.md", "# Grüße\n".encode()), LIMITS)
    assert (text.media_type, text.text) == ("text/plain", "# Grüße\n")


@pytest.mark.parametrize("content", [b"", b"\0\1\2", b"PK\x03\x04\0\0"])
async def test_what_no_model_takes_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.bin").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.bin cannot be attached"):
        await read_upload(tmp_path / "x.bin")


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        await read_upload(tmp_path / "gone.png")


async def test_what_was_kept_is_made_ready_again(tmp_path: Path) -> None:
    attachments = Attachments(Blobs(tmp_path))
    files = await attachments.keep([check_upload("a.txt", b"words"), Upload("b.png", "image/png", picture("PNG", 8))])
    ready = await attachments.load(files, LIMITS)
    assert [one.name for one in ready] == ["a.txt", "b.png"]
    assert (await attachments.load(files, LIMITS))[1] is ready[1]
    shutil.rmtree(tmp_path)
    assert await Attachments(Blobs(tmp_path)).load(files, LIMITS) == ()
