// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.memory;

import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.limit.HeapShare;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Optional;

/**
 * The memory for everything open over SSH. Accounts share it fairly. Each channel takes a little from its first command
 * to the end of the last thread that works for it; this is enough to work, if slowly. A second part makes channels
 * fast: larger windows, larger pieces of files, more output in transit. Without that part, only two things fail, after
 * a wait: a command in a guest that accepts stdin only with the start, and an sftp message that is larger than usual.
 * Thread safe.
 */
public final class DoorMemory {
    /** The bytes that a client can send ahead before its channel needs more memory. */
    public static final int FIRST_WINDOW = 128 << 10;

    /** The bytes of a packet of output in transit. */
    public static final int PACKET = 32 << 10;

    /** The bytes that every channel takes: the first window, and a packet each of stdout and stderr. */
    static final long CHANNEL = FIRST_WINDOW + 2L * PACKET;

    private final FairLimit channels;
    private final FairLimit more;

    /**
     * The size of the memory, in bytes.
     *
     * @param channels the part that every channel needs
     * @param more the part that makes channels fast
     */
    public record Size(long channels, long more) {
        /** Returns the door's shares of the heap. With 384 MiB, a single account can have 160 channels. */
        public static Size ofHeap() {
            return new Size(HeapShare.OPEN.bytes(), HeapShare.SSH_SPEED.bytes());
        }

        /** Returns the sum of both parts. */
        public long total() {
            return channels + more;
        }
    }

    /**
     * Creates the memory, which terminals and forwards can also use.
     *
     * @param channels the part that every channel needs
     * @param more the part that makes channels fast
     */
    public DoorMemory(FairLimit channels, FairLimit more) {
        this.channels = channels;
        this.more = more;
    }

    /** Registers the metric of the memory in use. */
    public void measure(MeterRegistry metrics) {
        Gauge.builder("bellhop.ssh.memory", this, DoorMemory::held)
                .baseUnit("bytes")
                .description("Memory that is taken for commands, terminals, files and connections over SSH")
                .register(metrics);
    }

    /**
     * Takes memory for a channel whose client has asked for something; empty if the holder's channels use up its share.
     */
    public Optional<ChannelMemory> take(String holder) {
        return channels.take(holder, CHANNEL)
                ? Optional.of(new ChannelMemory(holder, channels, CHANNEL, more))
                : Optional.empty();
    }

    /** Returns the bytes in use. */
    public long held() {
        return channels.held() + more.held();
    }
}
