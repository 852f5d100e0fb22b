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
 * Cursors of lists: a position in base64, with a checksum over the list's name and the position. The checksum detects
 * truncated cursors and cursors of another list, which would otherwise silently show a wrong page. It does not prevent
 * forgery.
 */
public final class Cursor {
    private static final int CHECKSUM_BYTES = 4;

    /**
     * Not a base64 character: a server of the previous release refuses such a cursor instead of showing a wrong page.
     */
    private static final String MARK = "~";

    private Cursor() {}

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
     * Returns the position that {@link #of} encoded.
     *
     * @throws BellhopException if the cursor does not belong to this list
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
