# SPDX-License-Identifier: GPL-2.0
"""A diff, applied to copies of the files that it changes."""

import os
import re
import shutil
import subprocess

from . import diff as diffs

PATH = re.compile(rb"^(?:--- |\+\+\+ )(?:[ab]/)?([^\t\n\r]+)", re.M)


def paths_of(data):
    """Those of old and new files, within the tree"""
    found = [match[1].decode("utf-8", "replace") for match in PATH.finditer(data)]
    found += diffs.read(data).paths
    return [path for path in dict.fromkeys(found) if path != "/dev/null" and
            not path.startswith("/") and not {"..", ".git"} & set(path.split("/"))
            and "\0" not in path and len(path) < 500]


def apply(data, base, folder):
    """
    {"ok", "said", "repaired"}, and the changed files in @folder: what was added or
    changed.  A diff that was mangled is tried as it must have been.
    """
    if any("outside the tree" in fault for fault in diffs.read(data).faults):
        return {"ok": False, "said": "it writes outside the tree"}
    said = attempt(data, base, folder)
    if not said:
        return {"ok": True, "said": f"it applies to {base.name}"}
    repaired = diffs.unmangled(data)
    if repaired != data and not attempt(repaired, base, folder):
        how = "with its line ends as git writes them" if b"\r\n" in data else \
            "when its wrapped lines are joined"
        return {"ok": True, "said": "", "repaired": how}
    return {"ok": False, "said": f"it does not apply to {base.name}: {said}"}


def attempt(data, base, folder):
    """What git says, in a sentence; nothing if all is well"""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    before = {}
    for path in paths_of(data)[:2000]:
        content = base.read(path)
        if content is None:
            continue
        before[path] = content
        os.makedirs(os.path.join(folder, os.path.dirname(path)), exist_ok=True)
        with open(os.path.join(folder, path), "wb") as file:
            file.write(content)
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": "/nonexistent",
           "GIT_CEILING_DIRECTORIES": os.path.dirname(os.path.abspath(folder)),
           "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=folder,
                          env=env, input=data, capture_output=True, check=False)
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        errors = [line.removeprefix("error: ") for line in lines if "error: " in line]
        return "; ".join((errors or lines or ["git apply failed"])[:2])[:300]
    forget_unchanged(folder, before)
    return ""


def forget_unchanged(folder, before):
    """What is left are files with another content than the base's."""
    for path, content in before.items():
        file = os.path.join(folder, path)
        if os.path.isfile(file):
            with open(file, "rb") as now:
                same = now.read() == content
            if same:
                os.unlink(file)


def removed(data, base, folder):
    """Files of the base that the diff has taken away"""
    return [path for path in paths_of(data) if base.read(path) is not None and
            not os.path.exists(os.path.join(folder, path)) and
            re.search(rb"^--- a/" + re.escape(path.encode()) + rb"\r?\n\+\+\+ /dev/null",
                      data, re.M)]
