// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Cursors of lists: a position in base64, with a checksum over the list's name and the position. The checksum finds cursors that were cut or
 * are of another list, which would show a wrong page without an error. It keeps no one from making a cursor.
 */
public final class Cursor {
    private static final int CHECKSUM_BYTES = 4;

    /** Not in base64: a server of the release before refuses such a cursor, and shows no wrong page. */
    private static final String MARK = "~";

    private Cursor() {}

    /** Makes the cursor for a position in a list. */
    public static String of(String list, byte[] position) {
        return MARK
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(ByteBuffer.allocate(CHECKSUM_BYTES + position.length)
                                .putInt(checksum(list, position))
                                .put(position)
                                .array());
    }

    /**
     * The position that {@link #of} made this cursor for.
     *
     * @throws BellhopException if the cursor is no cursor of this list
     */
    public static byte[] position(String list, String cursor) {
        try {
            byte[] bytes = cursor.startsWith(MARK)
                    ? Base64.getUrlDecoder().decode(cursor.substring(MARK.length()))
                    : new byte[0];
            if (bytes.length >= CHECKSUM_BYTES) {
                byte[] position = Arrays.copyOfRange(bytes, CHECKSUM_BYTES, bytes.length);
                if (ByteBuffer.wrap(bytes).getInt() == checksum(list, position)) {
                    return position;
                }
            }
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
        throw malformed();
    }

    private static int checksum(String list, byte[] position) {
        CRC32 checksum = new CRC32();
        checksum.update(list.getBytes(StandardCharsets.UTF_8));
        checksum.update(position);
        return (int) checksum.getValue();
    }

    static BellhopException malformed() {
        return new BellhopException(
                "Cannot use this cursor because it is not one of this list; copy nextCursor from the page before",
                List.of(new FieldFault("cursor", "A nextCursor of this list", Fault.MALFORMED)));
    }
}
