# SPDX-License-Identifier: GPL-2.0
"""
The trees that a diff may be made against: those of the lab, by name, and commits in git
trees that are given.  A base reads files and writes them nowhere.
"""

import hashlib
import re
import subprocess
from pathlib import Path

INDEX = re.compile(rb"^index ([0-9a-f]{7,40})\.\.[0-9a-f]{7,40}", re.M)


class BadBase(Exception):
    """Why there is no such base"""


class Folder:
    """An unpacked source of the lab"""

    def __init__(self, name, variant, folder):
        self.name, self.variant, self.folder = name, variant, Path(folder)
        self.key = name

    def read(self, path):
        """The bytes of a file, None if there is none"""
        file = self.folder / path
        try:
            return file.read_bytes() if file.is_file() else None
        except (OSError, ValueError):
            return None


class Commit:
    """A commit in a git tree"""

    variant = "unpatched"

    def __init__(self, tree, sha):
        self.tree, self.sha = tree, sha
        self.name = f"commit {sha[:12]}"
        self.key = sha

    def read(self, path):
        done = subprocess.run(["git", "-C", self.tree, "cat-file", "blob",
                               f"{self.sha}:{path}"], capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None


def has_commit(tree, sha):
    return subprocess.run(["git", "-C", tree, "cat-file", "-e", f"{sha}^{{commit}}"],
                          capture_output=True, check=False).returncode == 0


def known_of(text):
    """Lines "SHA NAME": commits that are public, and the lab's tree nearest to each"""
    known = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and not line.startswith("#"):
            known[words[0]] = words[1]
    return known


class Finder:
    """@trees: git trees; @known: see above; @folders: name to (variant, folder)"""

    def __init__(self, trees, known, folders, forced=None):
        self.trees, self.known, self.folders = trees, known, folders
        self.forced = forced

    def named(self, name):
        if name in self.folders:
            variant, folder = self.folders[name]()
            return Folder(name, variant, folder)
        for tree in self.trees:
            if has_commit(tree, name):
                sha = subprocess.run(
                    ["git", "-C", tree, "rev-parse", f"{name}^{{commit}}"],
                    capture_output=True, text=True, check=True)
                return Commit(tree, sha.stdout.strip())
        raise BadBase(f"{name} is neither a tree of the lab ({', '.join(self.folders)}) "
                      "nor a commit in the trees given")

    def find(self, commit, data):
        """(base, remark); the remark says what is not as it was asked for."""
        if self.forced:
            return self.named(self.forced), ""
        if commit:
            for tree in self.trees:
                if has_commit(tree, commit):
                    return Commit(tree, commit), ""
            if commit in self.known:
                name = self.known[commit]
                return self.named(name), ("its commit is not at hand; the lab's "
                                          f"{name} is nearest to it")
            raise BadBase(f"the commit {commit[:12]} is in no tree that was given "
                          "(--tree), and in no list: a local one?")
        return self.by_blobs(data), ""

    def by_blobs(self, data):
        """The tree that most of the files come from, by the hashes in the diff"""
        best = None
        for name in self.folders:
            base = self.named(name)
            same = matches(base, data)
            if best is None or same > best[0]:
                best = same, base
        if best is None:
            raise BadBase("no tree is at hand")
        return best[1]


def blob(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def matches(base, data):
    """How many files of a diff are this base's, to the byte"""
    same = 0
    for part in re.split(rb"^(?=diff --git )", data, flags=re.M):
        path = re.match(rb"diff --git a/(\S+) b/", part)
        index = INDEX.search(part)
        if not path or not index or set(index[1]) == set(b"0"):
            continue
        content = base.read(path[1].decode("utf-8", "replace"))
        if content is not None and blob(content).startswith(index[1].decode()):
            same += 1
    return same
