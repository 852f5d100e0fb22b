// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Turns a client's command, which can be any bytes, into the text that is stored, shown and checked by policies. */
public final class CommandText {
    private CommandText() {}

    /**
     * Returns the text that makes the guest's shell run the same command. If the bytes are not UTF-8, the text has them
     * in octal, visible to policies and approvers.
     *
     * @throws BellhopException {@code INVALID_REQUEST} if no shell could run it
     */
    public static String of(byte[] command) {
        for (byte each : command) {
            if (each == 0) {
                throw new BellhopException(
                        ErrorCode.INVALID_REQUEST, "Cannot run this because there is a NUL byte in it");
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(command))
                    .toString();
        } catch (CharacterCodingException e) {
            return inOctal(command);
        }
    }

    @SuppressWarnings("OrphanedFormatString") // The format is for the guest's printf.
    private static String inOctal(byte[] command) {
        StringBuilder text = new StringBuilder("eval \"$(printf %b '");
        for (byte each : command) {
            char c = (char) (each & 0xFF);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || c == ' ' || c == '/' || c == '.' || c == '-')) {
                text.append(c);
            } else {
                text.append(String.format("\\0%03o", (int) c));
            }
        }
        return text.append("')\"").toString();
    }
}
