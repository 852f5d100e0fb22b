// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The error messages for files. They quote neither paths nor guests, except that {@link #tree} quotes tar. */
final class FileFailures {
    /** English messages of C libraries and tools, and Bellhop's text for them. */
    private static final Map<String, String> REASONS = new LinkedHashMap<>(Map.of(
            "No space left", "the guest's disk is full",
            "Disk quota exceeded", "a quota in the guest is used up",
            "Read-only file system", "its file system in the guest is mounted read-only",
            "Operation not permitted", "the guest does not permit it, as where a file is immutable",
            "Permission denied", "the guest's agent has no permission for it; SELinux or AppArmor may be why",
            "File name too long", "the name is too long for the guest",
            "File too large", "it is too large for the guest's file system",
            "Text file busy", "it is a program that runs",
            "Device or resource busy", "it is in use, as a mount point is",
            "Input/output error", "the guest's disk has an error"));

    static {
        REASONS.put("Is a directory", "a directory is in the place of a file");
        REASONS.put("Not a directory", "something else is in the place of a directory");
    }

    private static final Pattern NO_SUCH_OWNER = Pattern.compile("(?i)^\\S*: *(?:invalid|unknown) (?:user|group)");

    private static final int MAX_SAID = 200;

    private FileFailures() {}

    /**
     * Returns the error for a script that failed.
     *
     * @param cannot such as {@code Cannot read this file}
     * @param code the script's code for the reason
     * @param detail a digest or a tool
     * @param stderr stderr of the tools in the guest
     */
    static BellhopException of(String cannot, String code, String detail, String stderr) {
        return switch (code) {
            case "win32" -> win32(cannot, detail);
            case "link" ->
                failure(
                        ErrorCode.NOT_SUPPORTED,
                        cannot,
                        "it is a link, and links are not followed in a Windows guest; give the path that it leads to");
            case "recursive" ->
                failure(
                        ErrorCode.NOT_SUPPORTED,
                        cannot,
                        "no directory of a Windows guest is removed with all that is in it; run Remove-Item -Recurse there");
            case "missing" -> failure(ErrorCode.FILE_NOT_FOUND, cannot, "it is not there");
            case "folder_missing" ->
                failure(ErrorCode.FILE_NOT_FOUND, cannot, "the directory that it is in is not there");
            case "no_upload" -> failure(ErrorCode.FILE_NOT_FOUND, cannot, "nothing is there of this upload");
            case "outside" -> outside("Cannot do this");
            case "set_id" -> setId(cannot);
            case "is_folder" -> failure(ErrorCode.IS_DIRECTORY, cannot, "it is a directory");
            case "not_folder" -> failure(ErrorCode.NOT_DIRECTORY, cannot, "it is no directory");
            case "not_regular" ->
                failure(ErrorCode.NOT_REGULAR_FILE, cannot, "it is a device, a pipe or a socket rather than a file");
            case "too_long" ->
                failure(
                        ErrorCode.GUEST_REFUSED,
                        cannot,
                        "the path of its directory leaves no room for the name of an unfinished upload; use a directory with a shorter path");
            case "exists" -> failure(ErrorCode.FILE_EXISTS, cannot, "there is something of that name");
            case "not_empty" ->
                failure(ErrorCode.DIRECTORY_NOT_EMPTY, cannot, "the directory is not empty; ask for recursive=true");
            case "modified" ->
                failure(
                        ErrorCode.PRECONDITION_FAILED,
                        cannot,
                        "it has changed since the conditions of this request were checked; read it again");
            case "changed" -> failure(ErrorCode.FILE_CHANGED, cannot, "somebody in the guest has moved it meanwhile");
            case "elsewhere" ->
                failure(ErrorCode.GUEST_REFUSED, cannot, "it would have to move to another file system; copy it there");
            case "junction" ->
                failure(
                        ErrorCode.GUEST_REFUSED,
                        cannot,
                        "a directory above it is a junction, a link or another volume, beyond which Windows may copy it piece by piece; copy it there yourself");
            case "busybox" ->
                failure(
                        ErrorCode.NOT_SUPPORTED,
                        cannot,
                        "the guest's rm is busybox's, which is not safe against links; remove the files one by one, or run rm");
            case "busybox_tar" ->
                failure(
                        ErrorCode.NOT_SUPPORTED,
                        cannot,
                        "the guest's tar is busybox's, which is not safe against links for a key that policy limits; install tar there");
            case "tree" -> tree(cannot, stderr);
            case "no_chroot" ->
                failure(
                        ErrorCode.NOT_SUPPORTED,
                        cannot,
                        "for a key that policy limits it takes perl or python3 in the guest, and an agent that is root and may chroot; install perl there");
            case "space" ->
                failure(
                        ErrorCode.GUEST_REFUSED,
                        cannot,
                        "there is no stream into its guest, and its disk has no room for a tar of it");
            case "size" -> failure(ErrorCode.DIGEST_MISMATCH, cannot, "the guest has another number of bytes of it");
            case "digest" ->
                failure(
                        ErrorCode.DIGEST_MISMATCH,
                        cannot,
                        "what the guest has of it has another digest; send it again");
            case "tool" ->
                failure(
                        ErrorCode.NOT_SUPPORTED,
                        cannot,
                        "the guest has no " + tool(detail) + ", which "
                                + (detail.equals("tar")
                                        ? "trees need; install it there"
                                        : "files need; install coreutils and findutils there"));
            default -> refused(cannot, stderr);
        };
    }

    /**
     * Returns the error for an HRESULT of Windows.
     *
     * @param detail the HRESULT in hexadecimal; if it begins with 8007, its last four digits are the Win32 code
     */
    private static BellhopException win32(String cannot, String detail) {
        int code = detail.matches("8007[0-9a-f]{4}") ? Integer.parseInt(detail.substring(4), 16) : 0;
        return switch (code) {
            case 2 -> of(cannot, "missing", "", "");
            case 3 -> of(cannot, "folder_missing", "", "");
            case 80, 183 -> of(cannot, "exists", "", "");
            case 145 -> failure(ErrorCode.DIRECTORY_NOT_EMPTY, cannot, "the directory is not empty");
            case 5 ->
                failure(
                        ErrorCode.GUEST_REFUSED,
                        cannot,
                        "the guest's agent has no permission for it, or it is read-only");
            case 19 -> failure(ErrorCode.GUEST_REFUSED, cannot, "its disk in the guest is write-protected");
            case 32, 33, 1175, 1224 -> failure(ErrorCode.GUEST_REFUSED, cannot, "a program in the guest has it open");
            case 39, 112 -> refused(cannot, "No space left");
            case 206 -> refused(cannot, "File name too long");
            default -> refused(cannot, "");
        };
    }

    private static String tool(String detail) {
        return detail.matches("[a-z0-9/]{1,20}") ? detail : "tool";
    }

    static BellhopException outside(String cannot) {
        return failure(
                ErrorCode.POLICY_REFUSED,
                cannot,
                "it leads to where 'files' in a policy does not allow this key to go");
    }

    /** Returns the error for a mode with the set-user-ID or set-group-ID bit. */
    static BellhopException setId(String cannot) {
        return failure(
                ErrorCode.POLICY_REFUSED,
                cannot,
                "'files' in a policy limits this key, and whoever runs a file with a set-user-ID or set-group-ID bit gets further;"
                        + " give it a mode without these bits");
    }

    /** @param words message of a tool in the guest, or of its agent */
    static BellhopException refused(String cannot, String words) {
        return failure(
                ErrorCode.GUEST_REFUSED,
                cannot,
                words.lines()
                        .flatMap(line -> reason(line).stream())
                        .findFirst()
                        .orElse(
                                NO_SUCH_OWNER.matcher(words).find()
                                        ? "the guest knows no such user or group"
                                        : "the guest refuses to"));
    }

    /** Finds the reason by the end of a line, because file names before it can contain any text. */
    private static Optional<String> reason(String line) {
        String said = line.substring(line.lastIndexOf(": ") + 1).strip().toLowerCase(Locale.ROOT);
        return REASONS.entrySet().stream()
                .filter(reason -> said.startsWith(reason.getKey().toLowerCase(Locale.ROOT)))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    /**
     * Returns the error for a failed tar.
     *
     * @param words stderr of tar in the guest; its last line names the failed file, and becomes part of the message
     */
    static BellhopException tree(String cannot, String words) {
        BellhopException refused = refused(cannot, words);
        String said = words.strip();
        String last = said.substring(said.lastIndexOf('\n') + 1).replaceAll("[^ -~]", "?");
        return last.isEmpty()
                ? refused
                : new BellhopException(
                        refused.code(),
                        refused.getMessage() + " (" + last.substring(0, Math.min(last.length(), MAX_SAID)) + ")");
    }

    static BellhopException failure(ErrorCode code, String cannot, String why) {
        return new BellhopException(code, cannot + " because " + why);
    }
}
