"""Takes in what is to go with a message: files from a dialog or dropped, pictures, texts too long to stand in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from switchyard.core.content import StoredFile
from switchyard.core.draft import Draft, too_much
from switchyard.core.errors import UserError
from switchyard.core.media import TEXT
from switchyard.core.references import Referred
from switchyard.core.sentence import sentence
from switchyard.services.attachments import Upload, check_upload, read_upload
from switchyard.ui.pages.chat.composer import Composer
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.drafts import Drafts, Place
from switchyard.ui.pages.chat.hint import Offer
from switchyard.ui.pages.chat.offered import Offered, encoded

NO_FILES = sentence(
    "A temporary chat takes no files, since files are kept. Paste their text, or attach them in another chat."
)


class Attaching(QObject):
    """`place` tells in which conversation the composer writes: a file stays with that, shown or not when it is read.

    `may_keep` tells whether anything of it is kept at all.
    """

    def __init__(
        self,
        desk: Desk,
        drafts: Drafts,
        composer: Composer,
        place: Callable[[], Place],
        may_keep: Callable[[], bool],
    ) -> None:
        super().__init__(composer)
        self._desk = desk
        self._drafts = drafts
        self._composer = composer
        self._place = place
        self._may_keep = may_keep
        self._reading = 0
        composer.offered.connect(self.take)
        composer.foot.attach.clicked.connect(self.choose_files)
        composer.content_wanted.connect(lambda file: desk.scope.start(self._hand_over(file), name="file"))

    def choose_files(self) -> None:
        """Let the person choose files."""
        dialog = QFileDialog(self._composer.window(), self.tr("Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self.take(Offered(tuple(map(Path, names)))))
        dialog.open()

    def take(self, offered: Offered) -> None:
        """Attach what was chosen, pasted or dropped; a chat that is kept nowhere takes words alone."""
        if not self._may_keep():
            if offered.text:
                self._composer.box.insert_text(offered.text)
            else:
                self._composer.say(self._desk.words.translate(NO_FILES))
            return
        self._desk.scope.start(self._take(offered, self._place()), name="attach")

    def bring(self, wanted: StoredFile | Referred) -> None:
        """Attach a file once more that is kept already, or a conversation as a text."""
        self._desk.scope.start(self._bring(wanted, self._place()), name="attach")

    async def _bring(self, wanted: StoredFile | Referred, place: Place) -> None:
        with self._busy():
            try:
                references = self._desk.services.references
                file = await references.as_file(wanted.uid) if isinstance(wanted, Referred) else wanted
                await self._check_keeping(place, file)
                await self._add(place, file)
            except UserError as error:
                self._refuse(error)

    async def _take(self, offered: Offered, place: Place) -> None:
        with self._busy():
            for path in offered.paths:
                try:
                    await self._keep(place, await read_upload(path))
                except UserError as error:
                    self._refuse(error)
            try:
                if offered.image is not None:
                    await self._keep(place, await self._picture(offered.image))
                elif offered.text:
                    await self._keep_text(place, offered.text)
            except UserError as error:
                self._refuse(error)

    async def _picture(self, image: QImage) -> Upload:
        content = await asyncio.to_thread(encoded, image)
        return check_upload(self.tr("Screenshot.png"), content)

    async def _keep_text(self, place: Place, text: str) -> None:
        """Attach a long text as a file, unless the person wants it in the message."""
        upload = Upload(self.tr("Pasted text.txt"), TEXT, text.encode("utf-8", "replace"))
        file = await self._keep(place, upload)
        if place != self._place():
            return

        def put_back() -> None:
            self._composer.set_files([each for each in self._composer.files if each != file])
            self._composer.box.insert_text(text)
            self._composer.setFocus()

        sentence = self.tr("The long text is attached as a file.")
        self._composer.say(sentence, offers=[Offer(self.tr("Put it in the message"), put_back)])

    async def _keep(self, place: Place, upload: Upload) -> StoredFile:
        [file] = await self._desk.services.attachments.keep([upload])
        await self._check_keeping(place, file)
        await self._add(place, file)
        return file

    async def _add(self, place: Place, file: StoredFile) -> None:
        """Keep a file with the draft of its conversation; raises `UserError` where the message takes no more.

        What is shown may be another draft than the one that is kept: a message that is put differently.
        """
        kept = await self._drafts.read(place)
        is_shown = place == self._place()
        whole = Draft(files=(file,)).after(self._composer.draft if is_shown else kept)
        if refusal := too_much(whole.files):
            raise UserError(refusal)
        if is_shown:
            self._composer.set_files(whole.files)
        else:
            self._drafts.note(place, whole)

    async def _check_keeping(self, place: Place, file: StoredFile) -> None:
        """A chat that became temporary while a file was on its way keeps none of it."""
        if place == self._place() and not self._may_keep():
            await self._desk.services.conversations.erase_draft(place, [file])
            raise UserError(NO_FILES)

    async def _hand_over(self, file: StoredFile) -> None:
        self._composer.show_content(file, await self._desk.services.chat.content(file))

    def _refuse(self, error: UserError) -> None:
        words = self._desk.words
        sentences: Sequence[str] = [words.translate(each) for each in (error.title, error.hint) if each is not None]
        self._composer.say(" ".join(sentences), "bad")

    @contextmanager
    def _busy(self) -> Iterator[None]:
        self._reading += 1
        self._composer.set_attaching(True)
        try:
            yield
        finally:
            self._reading -= 1
            self._composer.set_attaching(self._reading > 0)
