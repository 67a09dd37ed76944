from django.core.files.base import ContentFile
from django.core.files.storage import Storage


class PathlessStorage(Storage):
    """Files without a path, as an object store keeps them: ``path`` raises."""

    def __init__(self):
        self.files = {}

    def _open(self, name, mode="rb"):
        if name not in self.files:
            raise FileNotFoundError(name)
        return ContentFile(self.files[name], name)

    def _save(self, name, content):
        self.files[name] = content.read()
        return name

    def exists(self, name):
        return name in self.files

    def delete(self, name):
        self.files.pop(name, None)

    def listdir(self, path):
        """Return what lies below a prefix; an object store has no empty folders."""
        below = f"{path}/"
        return [], [n.removeprefix(below) for n in self.files if n.startswith(below)]
