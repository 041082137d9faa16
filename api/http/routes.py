"""What each address says about itself beside its code: who may use it, and what it reads."""

from typing import Any

from api.exports import FileForm


def open_to(
    roles: frozenset[str],
    *,
    body: type[Any] | tuple[type[Any], ...] = (),
    key: bool = False,
    opens: bool = False,
    file: type[Any] | None = None,
    answers: tuple[type[Any], ...] = (),
    files: tuple[FileForm, ...] = (),
) -> dict[str, Any]:
    """Describe an address: the roles that may use it, and the shapes that its body may have.

    ``key`` tells that the request needs an idempotency key, ``opens`` that it opens a family and
    needs a purpose; ``file`` is the shape of a form;
    ``answers`` are the shapes of an answer that has more than one; ``files`` are the forms of an
    answer that is a file.
    """
    shapes = body if isinstance(body, tuple) else (body,)
    return {
        "roles": roles,
        "body": shapes,
        "idempotent": key,
        "opens": opens,
        "form": file,
        "answers": answers,
        "files": files,
    }
