// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file.windows;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.script.GuestScript;
import dev.bellhop.server.execution.script.PowerShell;
import dev.bellhop.server.file.FileCommit;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The scripts for files that run in a Windows guest's PowerShell. Paths are assigned to variables as literal text. */
final class WindowsScripts {
    private static final GuestScript COMMON = GuestScript.load(WindowsScripts.class, "common.ps1");
    private static final GuestScript FIND = load("find");
    private static final GuestScript OPEN = load("open");
    private static final GuestScript LIST = load("list");
    private static final GuestScript BEGIN = load("begin");
    private static final GuestScript COMMIT = load("commit");
    private static final GuestScript ABANDON = load("abandon");
    private static final GuestScript MKDIR = load("mkdir");
    private static final GuestScript DELETE = load("delete");
    private static final GuestScript RENAME = load("rename");

    /** The seconds from 1601, the epoch of Windows, to 1970. */
    private static final long EPOCH_SECONDS = 11_644_473_600L;

    private static final long TICKS = 10_000_000;
    private static final int NANOS = 100;

    private WindowsScripts() {}

    private static GuestScript load(String name) {
        return GuestScript.load(WindowsScripts.class, name + ".ps1");
    }

    /** @param follow whether to refuse a link, because links are never followed */
    static ExecCommand find(WindowsPath path, boolean follow) {
        return command(assign("p", path), FIND.put("FOLLOW", flag(follow)));
    }

    /** Returns a script that describes the file that the agent has open, or prints why the agent could not open it. */
    static ExecCommand open(WindowsPath path, boolean sum) {
        return command(assign("p", path), OPEN.put("SUM", flag(sum)));
    }

    /** Returns a script that lists up to {@code most} entries, and one more if there are more. */
    static ExecCommand list(WindowsPath folder, byte @Nullable [] after, int most) {
        String last = after == null ? "" : new String(after, StandardCharsets.UTF_8);
        return command(assign("p", folder) + assign("after", last), LIST.put("MOST", Integer.toString(most + 1)));
    }

    /** @param temporary the name of the upload until it is complete */
    static ExecCommand begin(WindowsPath path, WindowsPath temporary, boolean anew) {
        return command(
                assign("p", path) + assign("t", temporary) + assign("folder", path.folder()),
                BEGIN.put("ANEW", flag(anew)));
    }

    /** @param expected the guest's description of the file under the final name; empty if there was none */
    static ExecCommand commit(WindowsPath path, WindowsPath temporary, String expected, FileCommit commit) {
        FileCommit.Tail tail = commit.tail();
        Instant modified = commit.modified();
        return command(
                assign("p", path) + assign("t", temporary) + assign("expected", expected),
                COMMIT.put("SIZE", Long.toString(commit.size()))
                        .put("SHA256", commit.sha256() == null ? "" : commit.sha256())
                        .put("TAILFROM", tail == null ? "0" : Long.toString(tail.offset()))
                        .put("TAIL", tail == null ? "" : tail.sha256())
                        .put("MODIFIED", modified == null ? "" : Long.toString(fileTime(modified)))
                        .put("CONDITION", condition(commit.condition())));
    }

    private static long fileTime(Instant time) {
        return (time.getEpochSecond() + EPOCH_SECONDS) * TICKS + time.getNano() / NANOS;
    }

    private static String condition(FileCommit.Condition condition) {
        return switch (condition) {
            case FileCommit.Condition.Any() -> "any";
            case FileCommit.Condition.Absent() -> "absent";
            case FileCommit.Condition.Unchanged() -> "unchanged";
        };
    }

    /** Returns a script that prints the size of a partial upload, and deletes the upload if {@code remove} is set. */
    static ExecCommand abandon(WindowsPath temporary, boolean remove) {
        return command(assign("t", temporary), ABANDON.put("REMOVE", flag(remove)));
    }

    static ExecCommand makeFolder(WindowsPath path) {
        return command(assign("p", path), MKDIR);
    }

    /** @param expected the beginning of the line that the guest must print for it; empty for any state */
    static ExecCommand delete(WindowsPath path, boolean recursive, String expected) {
        return command(assign("p", path) + assign("expected", expected), DELETE.put("RECURSIVE", flag(recursive)));
    }

    /** @param expected the beginning of the line that the guest must print for the first path; empty for any state */
    static ExecCommand rename(WindowsPath path, WindowsPath to, boolean overwrite, String expected) {
        return command(
                assign("p", path) + assign("to", to) + assign("expected", expected),
                RENAME.put("OVERWRITE", flag(overwrite)));
    }

    private static ExecCommand command(String names, GuestScript script) {
        return PowerShell.command(
                COMMON.text() + names + "try{\n" + script.text() + "}catch{\nFail 'win32' (Result $_)\n}\n");
    }

    private static String flag(boolean set) {
        return set ? "1" : "0";
    }

    private static String assign(String name, WindowsPath path) {
        return assign(name, path.text());
    }

    private static String assign(String name, String text) {
        return "$" + name + "=" + PowerShell.quote(text) + "\n";
    }
}
