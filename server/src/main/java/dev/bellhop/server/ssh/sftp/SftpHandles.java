// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.ssh.memory.ChannelMemory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open files and folders of a session, by their handles. For the session's thread. */
final class SftpHandles {
    static final int MAX = 128;
    static final int MAX_FOLDERS = 8;

    private static final Logger log = LoggerFactory.getLogger(SftpHandles.class);

    /** The number of handles that need no reserved memory. */
    private static final int FEW = 16;

    /** The bytes of an open file, including its digest and its place in the audit trail. */
    private static final long BYTES = 4096;

    private final ChannelMemory memory;
    private final Map<ByteBuffer, SftpHandle> open = new HashMap<>();
    private int last;
    /** Bytes reserved for the open handles, including a handle about to be opened. */
    private long taken;

    SftpHandles(ChannelMemory memory) {
        this.memory = memory;
    }

    /** Reserves memory for one more handle; throws if there are too many. */
    void requireRoom() throws SftpException {
        if (open.size() >= MAX) {
            throw new SftpException(
                    SftpStatus.FAILURE,
                    "Cannot open one more because " + MAX + " are open in this session; close some");
        }
        long wanted = wanted(open.size() + 1);
        if (wanted > taken && !memory.take(wanted - taken)) {
            throw new SftpException(
                    SftpStatus.FAILURE,
                    "Cannot open one more now because " + open.size()
                            + " are open in this session, and other transfers take up the memory for more; close some");
        }
        taken = Math.max(wanted, taken);
    }

    private static long wanted(int count) {
        return Math.max(0, count - FEW) * BYTES;
    }

    /** Checks room for one more folder, which keeps names in memory. */
    void requireRoomForFolder() throws SftpException {
        requireRoom();
        if (open.values().stream().filter(SftpFolder.class::isInstance).count() >= MAX_FOLDERS) {
            throw new SftpException(
                    SftpStatus.FAILURE,
                    "Cannot open one more directory because " + MAX_FOLDERS + " are open in this session; close some");
        }
    }

    byte[] add(SftpHandle handle) {
        byte[] name = ByteBuffer.allocate(Integer.BYTES).putInt(++last).array();
        open.put(ByteBuffer.wrap(name), handle);
        return name;
    }

    SftpFile file(byte[] name) throws SftpException {
        if (open.get(ByteBuffer.wrap(name)) instanceof SftpFile file) {
            return file;
        }
        throw unknown();
    }

    SftpFolder folder(byte[] name) throws SftpException {
        if (open.get(ByteBuffer.wrap(name)) instanceof SftpFolder folder) {
            return folder;
        }
        throw unknown();
    }

    SftpHandle remove(byte[] name) throws SftpException {
        SftpHandle handle = open.remove(ByteBuffer.wrap(name));
        if (handle == null) {
            throw unknown();
        }
        long less = taken - wanted(open.size());
        memory.giveBack(less);
        taken -= less;
        return handle;
    }

    private static SftpException unknown() {
        return new SftpException(SftpStatus.FAILURE, "Cannot do this because nothing is open by this handle");
    }

    /** Makes written data visible to others. */
    void flush() {
        for (SftpHandle handle : open.values()) {
            if (handle instanceof SftpFile file) {
                file.flushLater();
            }
        }
    }

    /** Syncs written data to disk: a restart of the guest then loses nothing. */
    void settle() {
        for (SftpHandle handle : open.values()) {
            if (handle instanceof SftpFile file) {
                file.settle();
            }
        }
    }

    void closeAll() {
        for (SftpHandle handle : new ArrayList<>(open.values())) {
            try {
                if (handle instanceof SftpFile file) {
                    file.close();
                } else {
                    handle.abandon();
                }
            } catch (RuntimeException e) {
                log.debug("Cannot close a file of a session that has ended", e);
            }
        }
        open.clear();
    }
}
