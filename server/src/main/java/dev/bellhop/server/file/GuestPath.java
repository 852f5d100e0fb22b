// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.api.tar.TarName;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An absolute path in a guest: bytes of any kind but NUL, as Linux has it, or one that begins with a drive, as {@code C:/} does. It ends in
 * no slash, unless it is the root. What it leads to, by links and {@code ..}, the guest alone knows. Immutable.
 */
public final class GuestPath implements Comparable<GuestPath> {
    /** As Linux has it. */
    public static final int MAX_BYTES = 4095;

    /** Of {@code C:/}. */
    private static final int DRIVE_LENGTH = 3;

    private static final GuestPath ROOT = new GuestPath(new byte[] {'/'});

    private final byte[] bytes;

    private GuestPath(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Empty for what is no absolute path. Slashes at the end are left out; behind a drive, backslashes become slashes. */
    public static Optional<GuestPath> of(byte[] told) {
        boolean hasDrive = startsWithDrive(told);
        byte[] bytes = hasDrive ? drive(told) : told;
        int least = hasDrive ? DRIVE_LENGTH : 1;
        int length = bytes.length;
        while (length > least && bytes[length - 1] == '/') {
            length--;
        }
        if (length == 0 || length > MAX_BYTES || !(hasDrive || bytes[0] == '/')) {
            return Optional.empty();
        }
        for (byte b : bytes) {
            if (b == 0) {
                return Optional.empty();
            }
        }
        return Optional.of(new GuestPath(Arrays.copyOf(bytes, length)));
    }

    private static boolean startsWithDrive(byte[] bytes) {
        return bytes.length >= DRIVE_LENGTH
                && (bytes[0] | 0x20) >= 'a'
                && (bytes[0] | 0x20) <= 'z'
                && bytes[1] == ':'
                && (bytes[2] == '/' || bytes[2] == '\\');
    }

    /** With one spelling for what Windows does not tell apart. */
    private static byte[] drive(byte[] told) {
        byte[] bytes = told.clone();
        bytes[0] &= ~0x20;
        for (int i = 2; i < bytes.length; i++) {
            bytes[i] = bytes[i] == '\\' ? (byte) '/' : bytes[i];
        }
        return bytes;
    }

    public static Optional<GuestPath> of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    /** As text; absent where it is not UTF-8. */
    public @Nullable String text() {
        return text(bytes);
    }

    /** Bytes as text; absent where they are not UTF-8. */
    public static @Nullable String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** In ASCII: what is no letter, digit or plain sign is written as {@code %} and two hexadecimal digits. */
    public String encoded() {
        return TarName.encoded(bytes);
    }

    /** Whether it begins with a drive, as those of Windows do. */
    public boolean hasDrive() {
        return bytes[0] != '/';
    }

    /** Whether nothing is above it; each drive has a root of its own. */
    public boolean isRoot() {
        return bytes.length == (hasDrive() ? DRIVE_LENGTH : 1);
    }

    /** Whether all there is is within it, on all drives. */
    public boolean isRootOfAll() {
        return equals(ROOT);
    }

    /** The folder that it is in; of a root, the root. */
    public GuestPath parent() {
        if (isRoot()) {
            return this;
        }
        int slash = lastSlash();
        int least = hasDrive() ? DRIVE_LENGTH : 1;
        return new GuestPath(Arrays.copyOf(bytes, Math.max(slash, least)));
    }

    /** What has this name in it, where that is a folder; empty where the path would be too long. */
    public Optional<GuestPath> child(String name) {
        byte[] last = ((isRoot() ? "" : "/") + name).getBytes(StandardCharsets.UTF_8);
        byte[] path = Arrays.copyOf(bytes, bytes.length + last.length);
        System.arraycopy(last, 0, path, bytes.length, last.length);
        return of(path);
    }

    /** The part behind the last slash; of a root, nothing. */
    public byte[] name() {
        return Arrays.copyOfRange(bytes, lastSlash() + 1, bytes.length);
    }

    private int lastSlash() {
        int at = bytes.length - 1;
        while (bytes[at] != '/') {
            at--;
        }
        return at;
    }

    /** Whether its last part is a name, rather than nothing, {@code .} or {@code ..}. */
    public boolean endsInName() {
        byte[] name = name();
        return name.length > 0 && !(name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.')));
    }

    /** Whether one of its parts is {@code ..}. */
    public boolean goesUp() {
        for (int i = 0; i + 2 < bytes.length; i++) {
            boolean ends = i + 3 == bytes.length || bytes[i + 3] == '/';
            if (bytes[i] == '/' && bytes[i + 1] == '.' && bytes[i + 2] == '.' && ends) {
                return true;
            }
        }
        return false;
    }

    /** Whether it is this folder or in it, going by the parts of both. All there is, on all drives, is within {@code /}. */
    public boolean isWithin(GuestPath folder) {
        byte[] prefix = folder.bytes;
        return folder.isRootOfAll()
                || (bytes.length >= prefix.length
                        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length)
                        && (bytes.length == prefix.length || folder.isRoot() || bytes[prefix.length] == '/'));
    }

    @Override
    public int compareTo(GuestPath other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GuestPath path && Arrays.equals(bytes, path.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** A path may tell what its owner keeps to himself, so no log has it. */
    @Override
    public String toString() {
        return "GuestPath[bytes=" + bytes.length + "]";
    }
}
