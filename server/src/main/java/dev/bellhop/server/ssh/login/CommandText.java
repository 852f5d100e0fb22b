// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** A client's command, which may be of any bytes, as the text that is stored, shown and judged by policies. */
public final class CommandText {
    private CommandText() {}

    /**
     * The text for the guest's shell that runs the same. Bytes that are no UTF-8 are written in octal, so that policies and approvers see
     * that they are there.
     *
     * @throws BellhopException {@code INVALID_REQUEST} for what no shell takes
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
