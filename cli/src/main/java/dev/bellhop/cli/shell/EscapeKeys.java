// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import java.io.ByteArrayOutputStream;

/**
 * Finds what is typed for bellhop itself: a tilde at the beginning of a line, and a key behind it, as with ssh. All else is for the
 * guest. For one thread.
 */
final class EscapeKeys {
    /** What is to be done once the bytes before it have been typed. */
    enum Action {
        NOTHING,
        LEAVE,
        HELP
    }

    /**
     * What became of some bytes.
     *
     * @param typed for the guest
     */
    @SuppressWarnings("ArrayRecordComponent") // Made for one reader.
    record Result(byte[] typed, Action action) {}

    private boolean lineBegins = true;
    private boolean tilde;

    /** Bytes behind one that asks for something are dropped. */
    Result take(byte[] bytes, int count) {
        ByteArrayOutputStream typed = new ByteArrayOutputStream(count + 1);
        for (int i = 0; i < count; i++) {
            byte key = bytes[i];
            if (tilde) {
                tilde = false;
                if (key == '.') {
                    return new Result(typed.toByteArray(), Action.LEAVE);
                }
                if (key == '?') {
                    return new Result(typed.toByteArray(), Action.HELP);
                }
                typed.write('~');
                if (key == '~') {
                    lineBegins = false;
                    continue;
                }
            } else if (key == '~' && lineBegins) {
                tilde = true;
                continue;
            }
            typed.write(key);
            lineBegins = key == '\r' || key == '\n';
        }
        return new Result(typed.toByteArray(), Action.NOTHING);
    }
}
