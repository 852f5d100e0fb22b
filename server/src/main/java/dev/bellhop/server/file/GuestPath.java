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
 * An absolute path in a guest: any bytes except NUL, as in Linux, or a path that begins with a drive such as
 * {@code C:/}. It ends with a slash only if it is a root. Only the guest knows where its links and {@code ..} lead.
 * Immutable.
 */
public final class GuestPath implements Comparable<GuestPath> {
    /** Linux's {@code PATH_MAX} without the final NUL. */
    public static final int MAX_BYTES = 4095;

    /** The length of {@code C:/}. */
    private static final int DRIVE_LENGTH = 3;

    private static final GuestPath ROOT = new GuestPath(new byte[] {'/'});

    private final byte[] bytes;

    private GuestPath(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Returns a path; empty if it is not absolute. Removes slashes at the end, and turns backslashes after a drive into
     * slashes.
     */
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

    /** Returns one spelling for all paths that Windows treats as equal in drive letter and slashes. */
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

    /** Returns the path as text; absent if it is not UTF-8. */
    public @Nullable String text() {
        return text(bytes);
    }

    /** Returns bytes as text; absent if they are not UTF-8. */
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

    /**
     * Returns the path in ASCII: each byte that is not a letter, a digit or a plain sign becomes {@code %} and two
     * hexadecimal digits.
     */
    public String encoded() {
        return TarName.encoded(bytes);
    }

    /** Returns true if the path begins with a drive, as in Windows. */
    public boolean hasDrive() {
        return bytes[0] != '/';
    }

    /** Returns true if the path is a root. Each drive has a separate root. */
    public boolean isRoot() {
        return bytes.length == (hasDrive() ? DRIVE_LENGTH : 1);
    }

    /** Returns true if the path is {@code /}, which contains the paths of all drives. */
    public boolean isRootOfAll() {
        return equals(ROOT);
    }

    /** Returns the parent folder. The parent of a root is the root. */
    public GuestPath parent() {
        if (isRoot()) {
            return this;
        }
        int slash = lastSlash();
        int least = hasDrive() ? DRIVE_LENGTH : 1;
        return new GuestPath(Arrays.copyOf(bytes, Math.max(slash, least)));
    }

    /** Returns the path of a name in this folder; empty if it would be too long. */
    public Optional<GuestPath> child(String name) {
        byte[] last = ((isRoot() ? "" : "/") + name).getBytes(StandardCharsets.UTF_8);
        byte[] path = Arrays.copyOf(bytes, bytes.length + last.length);
        System.arraycopy(last, 0, path, bytes.length, last.length);
        return of(path);
    }

    /** Returns the part after the last slash; empty for a root. */
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

    /** Returns true if the last part is a name: not empty, {@code .} or {@code ..}. */
    public boolean endsInName() {
        byte[] name = name();
        return name.length > 0 && !(name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.')));
    }

    /** Returns true if a part is {@code ..}. */
    public boolean goesUp() {
        for (int i = 0; i + 2 < bytes.length; i++) {
            boolean ends = i + 3 == bytes.length || bytes[i + 3] == '/';
            if (bytes[i] == '/' && bytes[i + 1] == '.' && bytes[i + 2] == '.' && ends) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns true if the path is this folder or is within it, compared part by part. All paths, on all drives, are
     * within {@code /}.
     */
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

    /** Omits the path, which can be private, so it never appears in a log. */
    @Override
    public String toString() {
        return "GuestPath[bytes=" + bytes.length + "]";
    }
}
