// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.terminal.TerminalModes;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The modes that a client requests for its terminal (RFC 4254, section 8, and RFC 8160), in Linux's numbers. Opcodes
 * without a mode on Linux are ignored, as by sshd. Even a long request has a short result.
 */
final class RequestedModes {
    private static final int END = 0;
    /** From here on, opcodes have arguments of an unknown length. */
    private static final int FIRST_UNDEFINED = 160;

    private static final int INPUT = 0;
    private static final int OUTPUT = 1;
    private static final int CONTROL = 2;
    private static final int LOCAL = 3;
    private static final int GROUPS = 4;

    /** The client's value for a disabled special character. {@link #LINUX_OFF} is Linux's. */
    private static final int OFF = 255;

    private static final int LINUX_OFF = 0;

    private static final int INPUT_SPEED = 128;
    private static final int OUTPUT_SPEED = 129;
    private static final long SPEED_BITS = 0x100F;
    private static final List<Integer> SLOW =
            List.of(0, 50, 75, 110, 134, 150, 200, 300, 600, 1_200, 1_800, 2_400, 4_800, 9_600, 19_200, 38_400);
    private static final List<Integer> FAST = List.of(57_600, 115_200, 230_400, 460_800, 500_000, 576_000, 921_600);
    private static final int FIRST_FAST = 0x1001;

    /** The index of each special character, by opcode. */
    private static final Map<Integer, Integer> CHARACTERS = Map.ofEntries(
            Map.entry(1, 0),
            Map.entry(2, 1),
            Map.entry(3, 2),
            Map.entry(4, 3),
            Map.entry(5, 4),
            Map.entry(6, 11),
            Map.entry(7, 16),
            Map.entry(8, 8),
            Map.entry(9, 9),
            Map.entry(10, 10),
            Map.entry(12, 12),
            Map.entry(13, 14),
            Map.entry(14, 15),
            Map.entry(16, 7),
            Map.entry(18, 13));

    /** The opcode of IGNPAR; the others up to IUTF8 follow. */
    private static final int FIRST_INPUT = 30;

    private static final List<Integer> INPUT_BITS =
            List.of(0x4, 0x8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200, 0x400, 0x800, 0x1000, 0x2000, 0x4000);

    /** The opcode of ISIG; the others up to PENDIN follow. */
    private static final int FIRST_LOCAL = 50;

    private static final List<Integer> LOCAL_BITS =
            List.of(0x1, 0x2, 0x4, 0x8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x8000, 0x200, 0x800, 0x4000);

    /** The opcode of OPOST; the others up to ONLRET follow. */
    private static final int FIRST_OUTPUT = 70;

    private static final List<Integer> OUTPUT_BITS = List.of(0x1, 0x2, 0x4, 0x8, 0x10, 0x20);

    /** The opcode of CS7, followed by CS8, PARENB and PARODD. */
    private static final int FIRST_CONTROL = 90;

    private static final List<Integer> CONTROL_BITS = List.of(0x20, 0x30, 0x100, 0x200);

    private final long[] clear = new long[GROUPS];
    private final long[] set = new long[GROUPS];
    private final Map<Integer, Integer> characters = new TreeMap<>();

    private RequestedModes() {}

    /** Reads the modes of a request; absent if it changes none. A truncated opcode ends the request. */
    static @Nullable TerminalModes read(byte[] encoded) {
        RequestedModes modes = new RequestedModes();
        ByteBuffer rest = ByteBuffer.wrap(encoded);
        while (rest.remaining() > Integer.BYTES) {
            int opcode = Byte.toUnsignedInt(rest.get());
            if (opcode == END || opcode >= FIRST_UNDEFINED) {
                break;
            }
            modes.apply(opcode, rest.getInt());
        }
        return modes.isEmpty() ? null : new TerminalModes(modes.text());
    }

    private void apply(int opcode, int value) {
        Integer character = CHARACTERS.get(opcode);
        if (character != null) {
            int code = value & 0xFF;
            characters.put(character, code == OFF ? LINUX_OFF : code);
        } else if (opcode == INPUT_SPEED || opcode == OUTPUT_SPEED) {
            speed(value);
        } else {
            bit(INPUT, INPUT_BITS, opcode - FIRST_INPUT, value);
            bit(LOCAL, LOCAL_BITS, opcode - FIRST_LOCAL, value);
            bit(OUTPUT, OUTPUT_BITS, opcode - FIRST_OUTPUT, value);
            bit(CONTROL, CONTROL_BITS, opcode - FIRST_CONTROL, value);
        }
    }

    private void bit(int group, List<Integer> bits, int index, int value) {
        if (index >= 0 && index < bits.size()) {
            change(group, bits.get(index), value == 0 ? 0 : bits.get(index));
        }
    }

    /** Sets both directions: a Linux terminal has only one speed. */
    private void speed(int baud) {
        int slow = SLOW.indexOf(baud);
        int fast = FAST.indexOf(baud);
        if (slow > 0 || fast >= 0) {
            change(CONTROL, SPEED_BITS, slow > 0 ? slow : FIRST_FAST + fast);
        }
    }

    private void change(int group, long bits, long value) {
        clear[group] = (clear[group] | bits) & ~value;
        set[group] = (set[group] & ~bits) | value;
    }

    private boolean isEmpty() {
        return characters.isEmpty()
                && LongStream.concat(LongStream.of(clear), LongStream.of(set)).allMatch(bits -> bits == 0);
    }

    private String text() {
        Stream<String> bits = Stream.iterate(0, group -> group < GROUPS, group -> group + 1)
                .map(group -> clear[group] + " " + set[group]);
        Stream<String> bytes =
                characters.entrySet().stream().map(character -> character.getKey() + ":" + character.getValue());
        return Stream.concat(bits, bytes).collect(Collectors.joining(" "));
    }
}
