// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.fuzz;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Spoils messages; the same seed spoils them in the same way. For one thread. */
final class Mutator {
    private static final int MAX_CHANGES = 3;

    /** Where programs that count have their edges. */
    private static final List<Integer> EDGES =
            List.of(0, 1, 4, 255, 4_096, 32_768, 35_000, 65_535, 262_144, 1 << 30, Integer.MAX_VALUE, 1 << 31, -2, -1);

    private final Random random;

    Mutator(long seed) {
        random = new Random(seed);
    }

    /** From 0 on. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    boolean oneIn(int times) {
        return below(times) == 0;
    }

    int edge() {
        return oneOf(EDGES);
    }

    <T> T oneOf(List<T> all) {
        return all.get(below(all.size()));
    }

    byte[] garbage(int maxLength) {
        byte[] bytes = new byte[below(maxLength + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Some bytes of it changed, taken away or added; now and then it is left as it is. */
    byte[] spoil(byte[] message) {
        byte[] spoilt = message;
        for (int changes = below(MAX_CHANGES + 1); changes > 0; changes--) {
            spoilt = change(spoilt);
        }
        return spoilt;
    }

    private byte[] change(byte[] message) {
        if (message.length == 0) {
            return garbage(8);
        }
        int at = below(message.length);
        byte[] changed = message.clone();
        switch (below(6)) {
            case 0 -> changed[at] ^= (byte) (1 << below(8));
            case 1 -> changed[at] = (byte) below(256);
            case 2 -> {
                // A length, often.
                if (at + Integer.BYTES <= changed.length) {
                    ByteBuffer.wrap(changed).putInt(at, edge());
                }
            }
            case 3 -> {
                return Arrays.copyOf(message, at);
            }
            case 4 -> {
                return Fields.join(message, garbage(64));
            }
            default -> {
                byte[] end = Arrays.copyOfRange(message, at, message.length);
                return Fields.join(Arrays.copyOf(message, at), oneIn(2) ? garbage(16) : end, end);
            }
        }
        return changed;
    }
}
