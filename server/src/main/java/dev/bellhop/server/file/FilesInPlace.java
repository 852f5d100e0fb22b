// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;

/** Opens files that are used where they lie. Thread safe. */
record FilesInPlace(GuestShellCalls shell, OpenFiles open) {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    GuestFiles.Opened open(VmId id, GuestPath path, FileOpening opening, PathLimits limits) {
        VirtualMachine vm = shell.vm(id);
        boolean writes = opening.access().writes();
        String cannot = writes ? "Cannot write this file" : "Cannot read this file";
        boolean changes = opening.truncate() || opening.creation() != FileOpening.Creation.NEVER;
        return open.keeping(
                vm,
                new OpenFiles.Way(opening.access().agentMode(), true, way(opening.access())),
                cannot,
                name -> shell.run(
                        vm,
                        FileScripts.inPlace(path, opening, limits),
                        cannot,
                        changes,
                        Deadline.after(TIMEOUT),
                        reply -> {
                            FileStat stat = reply.stat(2);
                            GuestPath real = reply.path(3);
                            return new OpenFiles.Held<>(
                                    reply.number(1),
                                    stat.inode(),
                                    reply.text(4),
                                    by -> new GuestFiles.Opened(name, stat, real, null, by),
                                    null);
                        }));
    }

    private static StreamFiles.Use way(FileOpening.Access access) {
        return switch (access) {
            case READ -> StreamFiles.Use.READ;
            case WRITE -> StreamFiles.Use.WRITE_ANYWHERE;
            // A stream opens no file to be appended to.
            case APPEND -> StreamFiles.Use.NONE;
        };
    }
}
