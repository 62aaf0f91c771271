# SPDX-License-Identifier: GPL-2.0
"""
Somebody else's code, as a program that reads and builds: no network, nothing of this
machine but the tools, nothing to write to but what is given.
"""

import os
import shutil
import signal
import subprocess

LIMITS = ["prlimit", "--core=0", f"--fsize={4 << 30}", f"--as={8 << 30}"]
ENTRIES = ("/usr", "/etc/alternatives")
TOOLS = "/usr/bin:/bin:/usr/sbin:/sbin"


class TooLong(Exception):
    """After how many seconds a program was ended"""


def command(arguments, read_only=(), writable=(), ccache=None):
    """
    @read_only, @writable: (folder here, folder there); @ccache: a folder that compilers
    share, and whatever else runs there
    """
    bwrap = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv",
             "--setenv", "PATH", TOOLS, "--setenv", "HOME", "/tmp", "--setenv", "LC_ALL",
             "C", "--cap-drop", "ALL", "--proc", "/proc", "--dev", "/dev", "--tmpfs",
             "/tmp"]
    for entry in ENTRIES:
        bwrap += ["--ro-bind", entry, entry]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if os.path.islink(f"/{name}"):
            bwrap += ["--symlink", os.readlink(f"/{name}"), f"/{name}"]
        elif os.path.isdir(f"/{name}"):
            bwrap += ["--ro-bind", f"/{name}", f"/{name}"]
    for here, there in read_only:
        bwrap += ["--ro-bind", str(here), there]
    for here, there in writable:
        bwrap += ["--bind", str(here), there]
    if ccache:
        bwrap += ["--bind", str(ccache), "/ccache", "--setenv", "CCACHE_DIR", "/ccache",
                  "--setenv", "PATH", f"/usr/lib/ccache:{TOOLS}"]
    return [*LIMITS, *bwrap, "--", *arguments]


def trouble():
    """Why there is no sandbox here, if there is none"""
    if not shutil.which("bwrap"):
        return "bubblewrap is missing; install it with: scripts/install-deps grade"
    done = subprocess.run(command(["true"]), capture_output=True, text=True, check=False)
    return f"no sandbox: {done.stderr.strip()[:200]}" if done.returncode else ""


def run(arguments, seconds, data=None, **options):
    """A finished process; its whole session ends when it takes too long."""
    with subprocess.Popen(arguments, start_new_session=True, **options) as process:
        try:
            out, err = process.communicate(data, timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise TooLong(seconds) from None
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def text_of_pdf(data):
    """What pdftotext makes of it, "" if it can make nothing"""
    try:
        done = run(command(["pdftotext", "-layout", "-", "-"]), 60, data=data,
                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                   stderr=subprocess.DEVNULL)
    except (TooLong, OSError):
        return ""
    return done.stdout[:1 << 22].decode("utf-8", "replace")
