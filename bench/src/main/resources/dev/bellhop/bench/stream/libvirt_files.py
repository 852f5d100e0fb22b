# SPDX-License-Identifier: Apache-2.0
#
# Usage: python3 libvirt_files.py URI DOMAIN put|put-tar|fetch|fetch-tar HERE THERE
#
# Copies a tree by the file calls of Ansible's connection plugin community.libvirt.libvirt_qemu, which modules such as "copy" and "fetch" make
# for each file: one call for each, or one for a tar of them all. Nothing else of Ansible runs.
import os
import subprocess
import sys
import tempfile

from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader, init_plugin_loader

uri, domain, what, here, there = sys.argv[1:]
init_plugin_loader()
play = PlayContext()
play.remote_addr = domain
connection = connection_loader.get("community.libvirt.libvirt_qemu", play, os.devnull)
connection.set_options(direct={"virt_uri": uri})
connection._connect()


def run(*argv):
    code, out, err = connection.exec_command(" ".join(argv))
    if code:
        sys.exit("It failed in the guest: " + err.decode())
    return out.decode()


if what == "put":
    for folder, _, files in os.walk(here):
        inside = os.path.normpath(os.path.join(there, os.path.relpath(folder, here)))
        run("mkdir", "-p", inside)
        for name in files:
            connection.put_file(os.path.join(folder, name), os.path.join(inside, name))
    run("sync")
elif what == "fetch":
    for folder in run("find", there, "-type", "d").split():
        os.makedirs(os.path.join(here, os.path.relpath(folder, there)))
    for name in run("find", there, "-type", "f").split():
        connection.fetch_file(name, os.path.join(here, os.path.relpath(name, there)))
else:
    with tempfile.TemporaryDirectory() as scratch:
        tar = os.path.join(scratch, "tar")
        if what == "put-tar":
            subprocess.run(["tar", "-C", here, "-cf", tar, "."], check=True)
            connection.put_file(tar, there + ".tar")
            run("mkdir", "-p", there)
            run("tar", "-C", there, "-xf", there + ".tar")
            run("sync")
        else:
            run("tar", "-C", there, "-cf", there + ".tar", ".")
            connection.fetch_file(there + ".tar", tar)
            os.makedirs(here)
            subprocess.run(["tar", "-C", here, "-xf", tar], check=True)
        run("rm", there + ".tar")
