// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.execution.script.GuestScript;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The scripts for files that run in a guest's shell. Text from callers or guests is assigned to variables as data. If
 * it is not plain ASCII, it is escaped byte by byte, since the agent accepts only UTF-8.
 */
final class FileScripts {
    private static final GuestScript COMMON = GuestScript.load(FileScripts.class, "common.sh");
    private static final GuestScript FIND = load("find");
    private static final GuestScript OPEN = load("open");
    private static final GuestScript LIST = load("list");
    private static final GuestScript BEGIN = load("begin");
    private static final GuestScript COMMIT = load("commit");
    private static final GuestScript ABANDON = load("abandon");
    private static final GuestScript MKDIR = load("mkdir");
    private static final GuestScript DELETE = load("delete");
    private static final GuestScript RENAME = load("rename");
    private static final GuestScript ATTRIBUTE = load("attribute");
    private static final GuestScript IN_PLACE = load("inplace");
    private static final GuestScript UNLINK = load("unlink");
    private static final GuestScript ATTRIBUTES = load("attributes");
    private static final GuestScript LINK = GuestScript.load(FileScripts.class, "link.sh");
    private static final GuestScript SYMLINK = load("symlink").with("LINK", LINK);
    private static final GuestScript HARDLINK = load("hardlink").with("LINK", LINK);
    private static final GuestScript SYNC = load("sync");
    private static final GuestScript SPACE = load("space");

    private static final int NAME_DIGITS = 24;

    private FileScripts() {}

    static GuestScript load(String name) {
        return GuestScript.load(FileScripts.class, name + ".sh").with("COMMON", COMMON);
    }

    static String find(GuestPath path, boolean follow, PathLimits limits) {
        return about(path, limits, FIND.put("FOLLOW", flag(follow)));
    }

    /** Returns a script that prints the guest's boot id. */
    static String boot() {
        return "read -r boot </proc/sys/kernel/random/boot_id\nprintf '%s\\0' ok \"$boot\"";
    }

    static String open(GuestPath path, boolean sum, PathLimits limits) {
        return about(path, limits, OPEN.put("SUM", flag(sum)));
    }

    /** Returns a script that lists up to {@code most} entries, and one more if there are more. */
    static String list(GuestPath folder, byte @Nullable [] after, int most, PathLimits limits) {
        return assign("after", after == null ? new byte[0] : after)
                + about(folder, limits, LIST.put("MOST", Integer.toString(most + 1)));
    }

    static String begin(GuestPath path, String upload, boolean anew, PathLimits limits) {
        return about(
                path, limits, BEGIN.put("TEMPORARY", temporary(path, upload)).put("ANEW", flag(anew)));
    }

    /**
     * Returns a script that moves an upload to its final name.
     *
     * @param path the final path
     * @param temporary the name of the upload
     * @param identity the identity of the upload's file
     * @param expected the guest's description of the file under the final name; empty if there was none
     */
    static String commit(
            GuestPath path, String temporary, String identity, String expected, FileCommit commit, PathLimits limits) {
        FileCommit.Tail tail = commit.tail();
        Instant modified = commit.modified();
        return assign("temporary", identity)
                + assign("expected", expected)
                + assign("newowner", commit.owner() == null ? "" : commit.owner())
                + assign("newmode", commit.mode() == null ? "" : Integer.toOctalString(commit.mode()))
                + assign("modified", modified == null ? "" : epoch(modified))
                + about(
                        path,
                        limits,
                        COMMIT.put("TEMPORARY", temporary)
                                .put("SIZE", Long.toString(commit.size()))
                                .put("SHA256", commit.sha256() == null ? "" : commit.sha256())
                                .put("ACKNOWLEDGED", flag(commit.acknowledged()))
                                .put("TAIL", tail == null ? "" : tail.sha256())
                                .put("TAILFROM", tail == null ? "" : Long.toString(tail.offset() + 1))
                                .put("CONDITION", condition(commit.condition())));
    }

    private static String epoch(Instant time) {
        return String.format("@%d.%09d", time.getEpochSecond(), time.getNano());
    }

    private static String condition(FileCommit.Condition condition) {
        return switch (condition) {
            case FileCommit.Condition.Any() -> "any";
            case FileCommit.Condition.Absent() -> "absent";
            case FileCommit.Condition.Unchanged() -> "unchanged";
        };
    }

    /** Returns a script that prints the size of a partial upload, and deletes the upload if {@code remove} is set. */
    static String abandon(GuestPath path, String upload, boolean remove, PathLimits limits) {
        return about(
                path, limits, ABANDON.put("TEMPORARY", temporary(path, upload)).put("REMOVE", flag(remove)));
    }

    /** @param expected the state that the file must be in; absent for any */
    static String change(FileChange change, @Nullable FileStat expected, PathLimits limits) {
        return assign("expected", expected == null ? "" : expected.raw()) + change(change, limits);
    }

    private static String change(FileChange change, PathLimits limits) {
        return switch (change) {
            case FileChange.MakeFolder(GuestPath path, int mode) ->
                about(path, limits, MKDIR.put("MODE", Integer.toOctalString(mode)));
            case FileChange.Delete(GuestPath path, boolean recursive) ->
                about(path, limits, DELETE.put("RECURSIVE", flag(recursive)));
            case FileChange.Rename(GuestPath path, GuestPath to, boolean overwrite) ->
                assign("to", to.bytes()) + about(path, limits, RENAME.put("OVERWRITE", flag(overwrite)));
            case FileChange.ChangeMode(GuestPath path, int mode) ->
                about(
                        path,
                        limits,
                        ATTRIBUTE
                                .put("CHANGE", "chmod " + Integer.toOctalString(mode))
                                .put("MODE", Integer.toOctalString(mode)));
            case FileChange.ChangeOwner(GuestPath path, String owner) ->
                assign("newowner", owner)
                        + about(
                                path,
                                limits,
                                ATTRIBUTE.put("CHANGE", "chown \"$newowner\"").put("MODE", ""));
            case FileChange.Unlink(GuestPath path, boolean folder) ->
                about(path, limits, UNLINK.put("FOLDER", flag(folder)));
            case FileChange.SetAttributes set -> attributes(set, limits);
            case FileChange.SymbolicLink(GuestPath path, byte[] target) ->
                assign("to", target) + about(path, limits, SYMLINK);
            case FileChange.HardLink(GuestPath path, GuestPath to) ->
                assign("to", to.bytes()) + about(path, limits, HARDLINK);
            case FileChange.Sync(GuestPath path, String inode) -> assign("inode", inode) + about(path, limits, SYNC);
        };
    }

    private static String attributes(FileChange.SetAttributes set, PathLimits limits) {
        FileAttributes attributes = set.attributes();
        Integer mode = attributes.mode();
        return assign("inode", text(set.inode()))
                + assign("newsize", text(attributes.size()))
                + assign("newmode", mode == null ? "" : Integer.toOctalString(mode))
                + assign("newowner", text(attributes.owner()))
                + assign("accessed", text(attributes.accessed()))
                + assign("modified", text(attributes.modified()))
                + about(set.path(), limits, ATTRIBUTES.put("FOLLOW", flag(set.follow())));
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    /** Returns a script that opens a file in place, and creates it first if the opening says so. */
    static String inPlace(GuestPath path, FileOpening opening, PathLimits limits) {
        return assign("inode", text(opening.inode()))
                + about(
                        path,
                        limits,
                        IN_PLACE.put("CREATE", opening.creation().name().toLowerCase(Locale.ROOT))
                                .put("MODE", Integer.toOctalString(opening.mode()))
                                .put("WRITES", flag(opening.access().writes()))
                                .put("TRUNCATE", flag(opening.truncate())));
    }

    /** Returns a script that prints the free space. */
    static String space(GuestPath path, PathLimits limits) {
        return about(path, limits, SPACE);
    }

    /** Returns the name of an upload until it is complete. */
    static String temporary(GuestPath path, String upload) {
        MessageDigest digest = Digests.sha256();
        digest.update(path.name());
        digest.update((byte) 0);
        byte[] sum = digest.digest(upload.getBytes(StandardCharsets.UTF_8));
        return ".bellhop-" + HexFormat.of().formatHex(sum).substring(0, NAME_DIGITS) + ".part";
    }

    static String about(GuestPath path, PathLimits limits, GuestScript script) {
        StringBuilder names = new StringBuilder(assign("p", path.bytes()));
        names.append("limited=").append(flag(!limits.isUnlimited())).append('\n');
        StringBuilder rules = new StringBuilder();
        if (!limits.isUnlimited()) {
            rules.append("case $1 in\n*/../*|*/..) return 1 ;;\nesac\n");
        }
        int number = 0;
        for (List<GuestPath> folders : limits.each()) {
            rules.append("case $1 in\n");
            for (GuestPath folder : folders) {
                String name = "limit" + number++;
                names.append(assign(name, folder.isRootOfAll() ? new byte[0] : folder.bytes()));
                rules.append("\"$").append(name).append("\"|\"$").append(name).append("\"/*) ;;\n");
            }
            rules.append("*) return 1 ;;\nesac\n");
        }
        return names + script.with("LIMITS", new GuestScript(rules.toString())).text();
    }

    static String flag(boolean set) {
        return set ? "1" : "0";
    }

    static String assign(String name, String text) {
        return assign(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the assignment of bytes to a variable. */
    static String assign(String name, byte[] bytes) {
        boolean plain = true;
        for (byte b : bytes) {
            plain &= b >= ' ' && b <= '~';
        }
        if (plain) {
            return name + "=" + GuestScript.quote(new String(bytes, StandardCharsets.US_ASCII)) + "\n";
        }
        StringBuilder octal = new StringBuilder(4 * bytes.length);
        for (byte b : bytes) {
            octal.append(String.format("\\%03o", b & 0xFF));
        }
        // The shell removes line feeds from the end of a command's output.
        return name + "=$(printf '" + octal + "x')\n" + name + "=${" + name + "%x}\n";
    }
}
