// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.SeekFrom;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Uses the agent's file calls. While a call runs, other threads must not open files in the guest. */
record AgentSpoolFiles(GuestAgent agent, Deadline deadline) implements SpoolFiles<AgentException> {
    private static final int PIECE = 256 * 1024;

    @Override
    public boolean exists(String path) throws AgentException {
        try {
            agent.fileClose(agent.fileOpen(path, "r", deadline), deadline);
            return true;
        } catch (AgentErrorException e) {
            return false;
        }
    }

    @Override
    public Optional<byte[]> head(String path, int most) throws AgentException {
        long file;
        try {
            file = agent.fileOpen(path, "r", deadline);
        } catch (AgentErrorException e) {
            return Optional.empty();
        }
        try {
            return Optional.of(agent.fileRead(file, most, deadline).data());
        } finally {
            agent.fileClose(file, deadline);
        }
    }

    @Override
    public @Nullable Appender<AgentException> append(String path) throws AgentException {
        try {
            // The mode "a" would make the file.
            return new OpenFile(agent.fileOpen(path, "r+", deadline));
        } catch (AgentErrorException e) {
            return null;
        }
    }

    @Override
    public void create(String path) throws AgentException {
        agent.fileClose(agent.fileOpen(path, "w", deadline), deadline);
    }

    private final class OpenFile implements Appender<AgentException> {
        private final long handle;

        OpenFile(long handle) {
            this.handle = handle;
        }

        @Override
        public long length() throws AgentException {
            return agent.fileSeek(handle, 0, SeekFrom.END, deadline).position();
        }

        /** The handle is there since its length was read. */
        @Override
        public void write(long end, byte[] bytes) throws AgentException {
            int written = 0;
            while (written < bytes.length) {
                int to = Math.min(bytes.length, written + PIECE);
                written += agent.fileWrite(handle, Arrays.copyOfRange(bytes, written, to), deadline);
            }
            agent.fileFlush(handle, deadline);
        }

        @Override
        public void close() throws AgentException {
            agent.fileClose(handle, deadline);
        }
    }
}
