// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file.windows;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.file.GuestPath;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A path of a Windows guest that says what it means: from the root of a drive down, by names that Windows takes as they are. Windows leaves
 * out dots and blanks at the end of a name, makes a device of {@code NUL.txt}, and a stream beside the file of what follows a second colon.
 *
 * @param text as Windows writes it, with backslashes
 */
record WindowsPath(GuestPath path, String text) {
    /** As {@code MAX_PATH}, without the NUL at its end: a longer one is for programs that have asked for it. */
    static final int MAX_LENGTH = 259;

    private static final int MAX_NAME_LENGTH = 255;

    /** Of {@code C:\}. */
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
     * Throws {@code INVALID_FIELD} where it is no such path.
     *
     * @param field what its caller calls it
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

    /** Whether Windows takes it for the name that it is. */
    private static boolean isName(String name) {
        return !name.isEmpty()
                && name.length() <= MAX_NAME_LENGTH
                && !name.endsWith(".")
                && !name.endsWith(" ")
                && !DEVICE.matcher(name).matches()
                && name.codePoints().allMatch(WindowsPath::isAllowed);
    }

    /** Neither what Windows takes for something else, nor what the agent's JSON cannot carry. */
    private static boolean isAllowed(int point) {
        return point >= ' '
                && "<>:\"|?*\\".indexOf(point) < 0
                && (point & 0xFFFE) != 0xFFFE
                && !(point >= 0xFDD0 && point <= 0xFDEF);
    }

    /** The one that has this name in the same folder. Throws {@code INVALID_FIELD} where that is too long. */
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

    /** A path may tell what its owner keeps to himself, so no log has it. */
    @Override
    public String toString() {
        return "WindowsPath[characters=" + text.length() + "]";
    }
}
