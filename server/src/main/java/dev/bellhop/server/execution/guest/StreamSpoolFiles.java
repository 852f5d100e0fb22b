// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.GuestFile;
import dev.bellhop.server.stream.GuestFile.Option;
import dev.bellhop.server.stream.GuestStream;
import dev.bellhop.server.stream.StreamException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Uses a stream into the guest, which is several times as fast as the agent and does not hold it up. */
record StreamSpoolFiles(GuestStream stream, Deadline deadline) implements SpoolFiles<StreamException> {
    private static final int OWNER_ONLY = 0600;

    @Override
    public boolean exists(String path) throws StreamException {
        GuestFile file = open(path, Option.READ);
        if (file == null) {
            return false;
        }
        file.close();
        return true;
    }

    @Override
    public Optional<byte[]> head(String path, int most) throws StreamException {
        try (GuestFile file = open(path, Option.READ)) {
            return file == null ? Optional.empty() : Optional.of(GuestFile.get(file.read(0, most), deadline));
        }
    }

    @Override
    public @Nullable Appender<StreamException> append(String path) throws StreamException {
        GuestFile file = open(path, Option.WRITE);
        return file == null ? null : new OpenFile(file);
    }

    @Override
    public void create(String path) throws StreamException {
        stream.open(bytes(path), Set.of(Option.WRITE, Option.CREATE, Option.NO_FOLLOW), OWNER_ONLY, deadline)
                .close();
    }

    private @Nullable GuestFile open(String path, Option use) throws StreamException {
        try {
            return stream.open(bytes(path), Set.of(use, Option.NO_FOLLOW), 0, deadline);
        } catch (StreamException e) {
            if (e.kind() == StreamException.Kind.REFUSED) {
                return null;
            }
            throw e;
        }
    }

    private static byte[] bytes(String path) {
        return path.getBytes(StandardCharsets.UTF_8);
    }

    private final class OpenFile implements Appender<StreamException> {
        private final GuestFile file;

        OpenFile(GuestFile file) {
            this.file = file;
        }

        @Override
        public long length() throws StreamException {
            return GuestFile.get(file.stat(), deadline).size();
        }

        /** One piece after the other: a piece that fails, as on a full disk, must leave no hole before the next one. */
        @Override
        public void write(long end, byte[] bytes) throws StreamException {
            for (int from = 0; from < bytes.length; from += GuestFile.MAX_BYTES) {
                int length = Math.min(GuestFile.MAX_BYTES, bytes.length - from);
                GuestFile.get(file.write(end + from, bytes, from, length), deadline);
            }
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
