# SPDX-License-Identifier: GPL-2.0
"""
Kernels of submissions.  Of each base there is one that is built already; a submission
gets a copy of its objects, so that it builds what it touches and leaves nothing behind.
Sources are hard links, which the sandbox cannot write to.
"""

import fcntl
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from . import bases, sandbox

STAMP = ["KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 1970", "KBUILD_BUILD_USER=lab",
         "KBUILD_BUILD_HOST=lab", "KBUILD_BUILD_VERSION=1"]
FIRST_SECONDS, SECONDS = 5400, 1200
EXCLUDED = ("Documentation/devicetree", "arch/*/boot/dts")
ERROR = re.compile(r"(?:\berror:|undefined reference|\*\*\*|multiple definition|"
                   r"modpost: \")")
WARNING = re.compile(r"\bwarning:|^WARNING: modpost")


# A kernel that checks what KVM reads and writes: KVM alone, so that it is fast enough
CHECKED = {"KASAN": "debug-memory.config"}
MODULES = "modules.config"
# Where a build installs modules, in its own folder
INSTALLED = "installed"
# Arguments for make, which looks at them anew for each object: KVM's folders, what is new
# there too, and no others with files of the same name
KVM_FOLDERS = "arch/x86/kvm arch/x86/kvm/% virt/kvm virt/kvm/%"
CHECKERS = [f"{name}_SANITIZE=$(if $(filter {KVM_FOLDERS},$(obj)),y,n)"
            for name in ("KASAN", "UBSAN")]


class BuildFailed(Exception):
    """Of a base: nothing that a submission can do about it"""


class NoKernel(Exception):
    """A build that ended well, and left nothing that boots"""


class Builder:
    """
    @lab: the folder of the lab's scripts; @cache: where bases are kept; @modules: KVM
    is not built in; @ccache: a folder for objects that submissions share
    """

    def __init__(self, lab, cache, jobs, say, modules=False, ccache=None):
        self.lab, self.cache, self.jobs, self.say = Path(lab), Path(cache), jobs, say
        self.modules, self.ccache = modules, ccache
        self.warm = {}

    @contextmanager
    def lock(self, name):
        self.cache.mkdir(parents=True, exist_ok=True)
        with open(self.cache / f"{name}.lock", "w", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def lab_says(self, *arguments):
        done = subprocess.run([str(self.lab / "build-kernel"), *arguments], text=True,
                              stdout=subprocess.PIPE, check=False)
        if done.returncode:
            raise BuildFailed(f"lab/build-kernel {' '.join(arguments)} failed")
        return done.stdout.strip()

    def prepare(self, base, checked=False):
        """The folder with a base's source (src), config, objects (build) and build.log"""
        key = base.key + ("-modules" if self.modules else "") + \
            ("-checked" if checked else "")
        if key in self.warm:
            return self.warm[key]
        folder = self.cache / f"base-{key}"
        with self.lock(f"base-{key}"):
            if not (folder / "done").exists():
                self.say(f"{base.name}: builds it once without a submission" +
                         (", KVM as modules" if self.modules else "") +
                         (", with KASAN" if checked else ""))
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                self.first_build(base, folder, checked)
                (folder / "done").touch()
        self.warm[key] = folder
        return folder

    def first_build(self, base, folder, checked):
        self.unpack(base, folder / "src")
        text = self.lab_says("--config", base.variant) + "\n"
        if checked:
            text += (self.lab / CHECKED["KASAN"]).read_text()
        if self.modules:
            text += (self.lab / MODULES).read_text()
        (folder / "config").write_text(text)
        (folder / "build").mkdir()
        found = self.make(folder / "src", folder / "build", folder / "build.log",
                          folder / "config", FIRST_SECONDS, checked)
        if not found["ok"]:
            raise BuildFailed(f"{base.name} does not build: {found['said']}")

    def unpack(self, base, target):
        if isinstance(base, bases.Folder):
            subprocess.run(["cp", "-al", str(base.folder), str(target)], check=True)
            return
        target.mkdir()
        archive = subprocess.Popen(
            ["git", "-C", base.tree, "archive", base.sha, "--", ".",
             *(f":(exclude,glob){path}/**" for path in EXCLUDED)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", str(target)], stdin=archive.stdout,
                       check=False)
        if archive.wait() or not (target / "Makefile").exists():
            said = archive.stderr.read().decode("utf-8", "replace").strip()
            raise BuildFailed(f"git archive {base.sha[:12]}: {said[:200]}")

    def make(self, source, build, log, config, seconds, checked=False):
        """olddefconfig: an option that a submission adds has its own default."""
        shutil.copy(config, build / ".config")
        with open(build / ".config", "a", encoding="ascii") as file:
            # Warnings are another point than errors.
            file.write("# CONFIG_WERROR is not set\n# CONFIG_KVM_WERROR is not set\n")
        script = ("make -s -C /src O=/build olddefconfig && make -C /src O=/build "
                  '"$@" bzImage')
        if self.modules:
            script += (' modules && make -s -C /src O=/build "$@" '
                       f"INSTALL_MOD_PATH=/build/{INSTALLED} modules_install")
        command = sandbox.command(
            ["sh", "-c", script, "sh", f"-j{self.jobs}", *STAMP,
             *(CHECKERS if checked else ())],
            read_only=[(source, "/src")], writable=[(build, "/build")],
            ccache=self.ccache)
        with open(log, "wb") as out:
            try:
                done = sandbox.run(command, seconds, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT)
            except sandbox.TooLong:
                return {"ok": False, "warnings": [],
                        "said": f"it was not done after {seconds} s"}
        return said_by(log, done.returncode)

    def build(self, base, slot, changed, gone, checked=False):
        """
        The kernel of a submission in the folder @slot; @changed has the files that it
        changes, @gone names those that it removes.
        """
        warm = self.prepare(base, checked)
        source = self.renew_source(base, warm, slot)
        shutil.rmtree(slot / "build", ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", str(warm / "build"),
                        str(slot / "build")], check=True)
        shutil.rmtree(slot / "build" / INSTALLED, ignore_errors=True)
        touched = put_files(source, changed, gone)
        (slot / "touched").write_text("\0".join(touched))
        found = self.make(source, slot / "build", slot / "build.log", warm / "config",
                          SECONDS, checked)
        known = set(warnings_of((warm / "build.log").read_text("utf-8", "replace")))
        found["warnings"] = [line for line in found["warnings"] if line not in known]
        return found

    def renew_source(self, base, warm, slot):
        """The base's source again: what the submission before has touched is put back."""
        source, owner = slot / "src", slot / "base"
        slot.mkdir(parents=True, exist_ok=True)
        if not owner.exists() or owner.read_text() != base.key:
            owner.unlink(missing_ok=True)
            shutil.rmtree(source, ignore_errors=True)
            subprocess.run(["cp", "-al", str(warm / "src"), str(source)], check=True)
            owner.write_text(base.key)
            return source
        touched = slot / "touched"
        for path in touched.read_text().split("\0") if touched.exists() else ():
            if not path:
                continue
            (source / path).unlink(missing_ok=True)
            if (warm / "src" / path).is_file():
                (source / path).parent.mkdir(parents=True, exist_ok=True)
                os.link(warm / "src" / path, source / path)
        return source


def put_files(source, changed, gone):
    """New files, never through a link to the base's"""
    touched = list(gone)
    for path in gone:
        (source / path).unlink(missing_ok=True)
    for file in sorted(Path(changed).rglob("*")):
        if file.is_symlink() or not file.is_file():
            continue
        path = file.relative_to(changed)
        target = source / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copyfile(file, target)
        if file.stat().st_mode & 0o100:
            target.chmod(0o755)
        touched.append(str(path))
    return touched


def said_by(log, status):
    text = Path(log).read_text("utf-8", "replace")
    found = {"ok": status == 0, "said": "", "warnings": warnings_of(text)}
    if status:
        lines = text.splitlines()
        errors = [line for line in lines if ERROR.search(line)]
        found["said"] = (errors or lines[-1:] or ["make said nothing"])[0].strip()[:300]
        found["said"] = found["said"].replace("/src/", "")
    return found


def warnings_of(text):
    lines = [line.strip().replace("/src/", "")[:300] for line in text.splitlines()
             if WARNING.search(line) and "warning: override: " not in line]
    return list(dict.fromkeys(lines))


def version_of(source):
    """(6, 12) of a kernel's source"""
    text = (Path(source) / "Makefile").read_text("utf-8", "replace")
    return tuple(int(number) for number in
                 re.findall(r"^(?:VERSION|PATCHLEVEL) = (\d+)$", text, re.M)[:2])


def copy_kernel(slot, folder, about):
    """What the lab's scripts boot, from what somebody else's makefiles made"""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    image = Path(os.path.realpath(slot / "build/arch/x86/boot/bzImage"))
    if not image.is_relative_to(os.path.realpath(slot / "build")) or not image.is_file():
        raise NoKernel("the build left no bzImage")
    shutil.copyfile(image, folder / "bzImage")
    copy_modules(slot / "build" / INSTALLED, folder)
    (folder / "facts").write_text("\n".join(about) + "\n")
    return folder


def copy_modules(installed, folder):
    """Files only: what is a link leads to who knows where."""
    if installed.is_symlink():
        return
    for where, folders, files in os.walk(installed):
        folders[:] = [name for name in folders if not os.path.islink(f"{where}/{name}")]
        target = folder / os.path.relpath(where, installed)
        target.mkdir(exist_ok=True)
        for name in files:
            file = Path(where, name)
            if not file.is_symlink() and file.is_file():
                shutil.copyfile(file, target / name)
