"""Documents as files in HTTP answers."""

from django.http import HttpResponse

from ledger.documents import File


def attachment(file: File) -> HttpResponse:
    """The file, to be saved under its name."""
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
    return HttpResponse(file.content, content_type=file.content_type, headers=headers)
