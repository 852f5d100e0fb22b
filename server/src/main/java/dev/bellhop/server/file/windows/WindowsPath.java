// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file.windows;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.file.GuestPath;
import java.util.List;
import java.util.regex.Pattern;

/**
 * An unambiguous path of a Windows guest: from the root of a drive, with names that Windows uses unchanged. Windows
 * drops dots and blanks at the end of a name, reads {@code NUL.txt} as a device, and reads the part after a second
 * colon as a stream of the file.
 *
 * @param text in the form of Windows, with backslashes
 */
record WindowsPath(GuestPath path, String text) {
    /** {@code MAX_PATH} without the final NUL. Longer paths work only in programs that request them. */
    static final int MAX_LENGTH = 259;

    private static final int MAX_NAME_LENGTH = 255;

    /** The length of {@code C:\}. */
    private static final int DRIVE_LENGTH = 3;

    private static final Pattern DEVICE = Pattern.compile(
            "(?is)(?:CON|PRN|AUX|NUL|CONIN\\$|CONOUT\\$|CLOCK\\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3]) *(?:\\..*)?");

    private static final String FORM =
            "A path from the root of a drive, such as C:\\dir\\file, of at most " + MAX_LENGTH
                    + " characters; without . and .. as names, names of devices such as NUL, names that end in a dot or a blank, and"
                    + " any of < > : \" | ? *";

    static WindowsPath of(GuestPath path) {
        return of(path, "path");
    }

    /**
     * Returns the path. Throws {@code INVALID_FIELD} if it is ambiguous or not a Windows path.
     *
     * @param field the caller's name for it
     */
    static WindowsPath of(GuestPath path, String field) {
        String text = path.text();
        if (!path.hasDrive() || text == null || !isPlain(text)) {
            throw new BellhopException(
                    "Cannot use this path in a Windows guest", List.of(new FieldFault(field, FORM, Fault.MALFORMED)));
        }
        return new WindowsPath(path, text.replace('/', '\\'));
    }

    private static boolean isPlain(String text) {
        if (text.length() > MAX_LENGTH) {
            return false;
        }
        String names = text.substring(DRIVE_LENGTH);
        return names.isEmpty() || List.of(names.split("/", -1)).stream().allMatch(WindowsPath::isName);
    }

    /** Checks that Windows uses a name unchanged. */
    private static boolean isName(String name) {
        return !name.isEmpty()
                && name.length() <= MAX_NAME_LENGTH
                && !name.endsWith(".")
                && !name.endsWith(" ")
                && !DEVICE.matcher(name).matches()
                && name.codePoints().allMatch(WindowsPath::isAllowed);
    }

    /** Excludes characters with a special meaning in Windows, and characters that the agent's JSON cannot carry. */
    private static boolean isAllowed(int point) {
        return point >= ' '
                && "<>:\"|?*\\".indexOf(point) < 0
                && (point & 0xFFFE) != 0xFFFE
                && !(point >= 0xFDD0 && point <= 0xFDEF);
    }

    /** Returns the path of another name in the same folder. Throws {@code INVALID_FIELD} if it is too long. */
    WindowsPath beside(String name) {
        return path.parent()
                .child(name)
                .filter(WindowsPath::fits)
                .map(WindowsPath::of)
                .orElseThrow(() -> new BellhopException(
                        "Cannot write into this directory of a Windows guest because its path is too long",
                        List.of(new FieldFault(
                                "path",
                                "A directory of at most " + (MAX_LENGTH - 1 - name.length()) + " characters",
                                Fault.OUT_OF_RANGE))));
    }

    private static boolean fits(GuestPath path) {
        String text = path.text();
        return text != null && text.length() <= MAX_LENGTH;
    }

    String folder() {
        return of(path.parent()).text();
    }

    boolean isOnDriveOf(WindowsPath other) {
        return text.charAt(0) == other.text.charAt(0);
    }

    /** Omits the path, which can be private, so it never appears in a log. */
    @Override
    public String toString() {
        return "WindowsPath[characters=" + text.length() + "]";
    }
}
