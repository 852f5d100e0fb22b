// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is open in a session, by the names that clients have for it. For the session's thread. */
final class SftpHandles {
    static final int MAX = 128;
    static final int MAX_FOLDERS = 8;

    private static final Logger log = LoggerFactory.getLogger(SftpHandles.class);

    private final Map<ByteBuffer, SftpHandle> open = new HashMap<>();
    private int last;

    /** Throws where one more is too much. */
    void requireRoom() throws SftpException {
        if (open.size() >= MAX) {
            throw new SftpException(
                    SftpStatus.FAILURE,
                    "Cannot open one more because " + MAX + " are open in this session; close some");
        }
    }

    /** The same of one more folder, of which names are in memory. */
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
        return handle;
    }

    private static SftpException unknown() {
        return new SftpException(SftpStatus.FAILURE, "Cannot do this because nothing is open by this handle");
    }

    /** Has others see what was written. */
    void flush() {
        for (SftpHandle handle : open.values()) {
            if (handle instanceof SftpFile file) {
                file.flushLater();
            }
        }
    }

    /** Has disks take what was written, so that a guest that is restarted meanwhile loses nothing. */
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
