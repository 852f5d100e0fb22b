// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.ssh.memory.ChannelMemory;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An open folder, read page by page. */
final class SftpFolder implements SftpHandle {
    private static final int PAGE = 500;

    /** The page size if there is no memory for more. */
    private static final int SMALL_PAGE = 50;

    /** The bytes of a page of long names. */
    private static final long PAGE_BYTES = 256 * 1024;

    private final SftpCalls calls;
    private final GuestPath path;
    private final ChannelMemory memory;
    private long taken;
    private List<GuestFiles.Entry> entries = List.of();
    private int at;
    private boolean hasMore = true;
    private boolean begins = true;

    private SftpFolder(SftpCalls calls, GuestPath path, ChannelMemory memory) {
        this.calls = calls;
        this.path = path;
        this.memory = memory;
        this.taken = memory.take(PAGE_BYTES) ? PAGE_BYTES : 0;
    }

    static SftpFolder open(SftpCalls calls, GuestPath path, ChannelMemory memory) {
        SftpFolder folder = new SftpFolder(calls, path, memory);
        boolean isOpen = false;
        try {
            folder.turn(null);
            isOpen = true;
            return folder;
        } finally {
            if (!isOpen) {
                folder.abandon();
            }
        }
    }

    private void turn(byte @Nullable [] after) {
        int most = taken > 0 ? PAGE : SMALL_PAGE;
        GuestFiles.Listing page =
                calls.ask(UseCase.FILE_LIST, (files, vm) -> files.reads().list(vm, path, after, most));
        entries = page.entries();
        hasMore = page.more() && !entries.isEmpty();
        at = 0;
    }

    /**
     * Returns true only once: the first answer has the entries for the directory itself and its parent, like OpenSSH's.
     */
    boolean begins() {
        boolean result = begins;
        begins = false;
        return result;
    }

    /** Returns the next entry without removing it; empty at the end. */
    Optional<GuestFiles.Entry> peek() {
        if (at == entries.size() && hasMore) {
            turn(entries.getLast().name());
        }
        return at < entries.size() ? Optional.of(entries.get(at)) : Optional.empty();
    }

    /** Checks if there is an entry that needs no call to the guest. */
    boolean hasNext() {
        return at < entries.size();
    }

    void take() {
        at++;
    }

    @Override
    public void abandon() {
        entries = List.of();
        hasMore = false;
        memory.giveBack(taken);
        taken = 0;
    }
}
