// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.service.UseCase;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A folder that is read, page by page. */
final class SftpFolder implements SftpHandle {
    private static final int PAGE = 500;

    private final SftpCalls calls;
    private final GuestPath path;
    private List<GuestFiles.Entry> entries = List.of();
    private int at;
    private boolean hasMore = true;

    private SftpFolder(SftpCalls calls, GuestPath path) {
        this.calls = calls;
        this.path = path;
    }

    static SftpFolder open(SftpCalls calls, GuestPath path) {
        SftpFolder folder = new SftpFolder(calls, path);
        folder.turn(null);
        return folder;
    }

    private void turn(byte @Nullable [] after) {
        GuestFiles.Listing page =
                calls.ask(UseCase.FILE_LIST, (files, vm) -> files.reads().list(vm, path, after, PAGE));
        entries = page.entries();
        hasMore = page.more() && !entries.isEmpty();
        at = 0;
    }

    /** The next one, which stays until it is taken; empty at the end. */
    Optional<GuestFiles.Entry> peek() {
        if (at == entries.size() && hasMore) {
            turn(entries.getLast().name());
        }
        return at < entries.size() ? Optional.of(entries.get(at)) : Optional.empty();
    }

    /** Whether there is one that the guest need not be asked for. */
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
    }
}
