// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.tar;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** Names in tars, which are bytes of any kind. */
public final class TarName {
    /** As Linux has it, of a path and of one of its parts. */
    public static final int MAX_BYTES = 4095;

    private static final int MAX_PART = 255;
    private static final int SHOWN = 200;

    private TarName() {}

    /**
     * A name without slashes at its end, empty parts and {@code .}; nothing is left of the tree's own root.
     *
     * @throws TarException if it is absolute, has {@code ..} in it, or is longer than Linux takes
     */
    static byte[] clean(byte[] name) throws TarException {
        if (name.length == 0 || name.length > MAX_BYTES) {
            throw new TarException("a member in it has a name of " + name.length + " bytes");
        }
        if (name[0] == '/') {
            throw new TarException("its member " + shown(name) + " has an absolute name");
        }
        ByteArrayOutputStream clean = new ByteArrayOutputStream(name.length);
        int from = 0;
        for (int i = 0; i <= name.length; i++) {
            if (i < name.length && name[i] != '/') {
                if (name[i] == 0) {
                    throw new TarException("its member " + shown(name) + " has a NUL in its name");
                }
                continue;
            }
            int length = i - from;
            if (length == 2 && name[from] == '.' && name[from + 1] == '.') {
                throw new TarException("its member " + shown(name) + " leads out by ..");
            }
            if (length > MAX_PART) {
                throw new TarException("its member " + shown(name) + " has a part of more than 255 bytes in its name");
            }
            if (length > 0 && !(length == 1 && name[from] == '.')) {
                if (clean.size() > 0) {
                    clean.write('/');
                }
                clean.write(name, from, length);
            }
            from = i + 1;
        }
        return clean.toByteArray();
    }

    /** In ASCII: what is no letter, digit or plain sign is written as {@code %} and two hexadecimal digits. */
    public static String encoded(byte[] bytes) {
        StringBuilder text = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            if ((b >= 'a' && b <= 'z')
                    || (b >= 'A' && b <= 'Z')
                    || (b >= '0' && b <= '9')
                    || "/-._~+@:,=".indexOf(b) >= 0) {
                text.append((char) b);
            } else {
                text.append('%')
                        .append(Character.toUpperCase(Character.forDigit((b >> 4) & 0xF, 16)))
                        .append(Character.toUpperCase(Character.forDigit(b & 0xF, 16)));
            }
        }
        return text.toString();
    }

    /** The same, of a length that fits into a sentence. */
    public static String shown(byte[] name) {
        String text = encoded(Arrays.copyOf(name, Math.min(name.length, SHOWN + 1)));
        return text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
    }
}
