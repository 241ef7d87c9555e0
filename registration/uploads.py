"""Files on their way in: anybody can send one, to any address, before anything has asked who they are."""

from io import BytesIO
from typing import Any, ClassVar

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from registration.pictures import MOST_BYTES


class BoundedUpload(FileUploadHandler):
    """Keeps the beginning of a file, as much of it as anything but an import of people takes, and counts the rest.

    The file's ``size`` is how much was sent, so that a form can say that it was too much. Nothing reaches the disk.
    """

    most_bytes: ClassVar[int] = MOST_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin with nothing."""
        super().new_file(*args, **kwargs)
        self.kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep what there is room for."""
        self.kept.write(raw_data[: max(0, self.most_bytes - start)])

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """What was kept, with the size of all that was sent."""
        self.kept.seek(0)
        return InMemoryUploadedFile(
            self.kept, self.field_name, self.file_name or "", self.content_type, file_size, self.charset
        )


class LargeUpload(BoundedUpload):
    """Keeps a file of people to import, for a page that has asked first whether whoever sends it may do that."""

    most_bytes = 20_000_000
