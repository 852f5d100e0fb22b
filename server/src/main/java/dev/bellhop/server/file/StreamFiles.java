// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.GuestFile;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.stream.StreamUnavailableException;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens a file over a stream while a process of the guest holds it open. Thread safe. */
record StreamFiles(GuestStreams streams, Consumer<VmId> awaitThaw) {
    private static final Logger log = LoggerFactory.getLogger(StreamFiles.class);

    /** The transfer waits during this time. */
    private static final Duration TIMEOUT = Duration.ofSeconds(4);

    /** A usable stream has just run a script, so the guest has answered on it within this time. */
    private static final Duration AT_HAND = Duration.ofSeconds(1);

    /** The use of a file. */
    enum Use {
        READ,
        /** Writes in order to the end, from the beginning or from the current end. */
        WRITE_IN_ORDER,
        WRITE_ANYWHERE,
        /** A use that a stream does not support. */
        NONE
    }

    /**
     * Opens the file; empty if there is no stream, or if the process has ended and its pid may have been reused.
     *
     * @param holder pid of a process that has the file open as descriptor 3
     * @param inode device number, a blank and inode number
     */
    Optional<FileHandle> open(VmId vm, long holder, String inode, Use use, VmTransfers transfers) {
        if (use == Use.NONE) {
            return Optional.empty();
        }
        Deadline deadline = Deadline.after(TIMEOUT);
        try {
            return open(vm, streams.acquire(vm, deadline), holder, inode, use, transfers, deadline);
        } catch (StreamUnavailableException e) {
            log.debug("Cannot move a file by a stream; it goes by the agent", e);
            return Optional.empty();
        }
    }

    private Optional<FileHandle> open(
            VmId vm, StreamLease lease, long holder, String inode, Use use, VmTransfers transfers, Deadline deadline) {
        Set<GuestFile.Option> options = EnumSet.of(GuestFile.Option.READ);
        if (use != Use.READ) {
            options.add(GuestFile.Option.WRITE);
        }
        byte[] path = ("/proc/" + holder + "/fd/3").getBytes(StandardCharsets.US_ASCII);
        try {
            GuestFile file = lease.stream().open(path, options, 0, deadline);
            boolean isKept = false;
            try {
                GuestFile.Stat stat = GuestFile.get(file.stat(), deadline);
                isKept = inode.equals(stat.identity());
                if (isKept) {
                    return Optional.of(new StreamFileHandle(
                            lease, file, transfers, use == Use.WRITE_IN_ORDER, () -> awaitThaw.accept(vm)));
                }
            } finally {
                if (!isKept) {
                    file.close();
                }
            }
        } catch (StreamException e) {
            log.debug("Cannot open a file by a stream; it goes by the agent", e);
        }
        lease.close();
        return Optional.empty();
    }

    /**
     * Opens a file for reading if a stream is open and the guest has recently answered on it. Then the stream is faster
     * than the agent, even for small files.
     */
    Optional<FileHandle> openIfAtHand(VmId vm, long holder, String inode, VmTransfers transfers, Deadline deadline) {
        StreamLease lease = streams.acquireIfOpen(vm);
        if (lease == null) {
            return Optional.empty();
        }
        if (lease.stream().heardAgo().compareTo(AT_HAND) > 0) {
            lease.close();
            return Optional.empty();
        }
        // If the stream is late, the agent has the rest of the time.
        Duration time = TIMEOUT.compareTo(deadline.remaining()) < 0 ? TIMEOUT : deadline.remaining();
        return open(vm, lease, holder, inode, Use.READ, transfers, Deadline.after(time));
    }
}
