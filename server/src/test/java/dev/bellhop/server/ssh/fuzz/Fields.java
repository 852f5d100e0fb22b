// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Fields of messages as SSH and sftp have them on the wire. */
final class Fields {
    private Fields() {}

    /**
     * A message of this type.
     *
     * @param fields numbers of four bytes, longs of eight, booleans, and texts or bytes with their lengths
     */
    static byte[] message(int type, Object... fields) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(type);
        for (Object field : fields) {
            switch (field) {
                case Boolean yes -> all.write(yes ? 1 : 0);
                case Integer number -> all.writeBytes(number(number));
                case Long number ->
                    all.writeBytes(
                            ByteBuffer.allocate(Long.BYTES).putLong(number).array());
                case String text -> text(all, text.getBytes(StandardCharsets.UTF_8));
                case byte[] bytes -> text(all, bytes);
                default -> throw new IllegalArgumentException(field.toString());
            }
        }
        return all.toByteArray();
    }

    private static void text(ByteArrayOutputStream all, byte[] bytes) {
        all.writeBytes(number(bytes.length));
        all.writeBytes(bytes);
    }

    private static byte[] number(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }

    /** The same with its length before it, as messages of sftp are. */
    static byte[] framed(byte[] message) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        text(all, message);
        return all.toByteArray();
    }

    /** One after the other. */
    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
