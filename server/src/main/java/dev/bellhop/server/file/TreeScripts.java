// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.server.execution.script.GuestScript;
import java.util.stream.Collectors;

/** What is sent to a guest's shell about trees. */
final class TreeScripts {
    private static final GuestScript TAR = GuestScript.load(TreeScripts.class, "tar.sh");
    private static final GuestScript PACK = FileScripts.load("pack").with("TAR", TAR);
    private static final GuestScript UNPACK = FileScripts.load("unpack")
            .with("TAR", TAR)
            .put("PERL", program("unpack.pl"))
            .put("PYTHON", program("unpack.py"));

    private TreeScripts() {}

    /** As one word; its indentation is needed, its comments and blank lines are not. */
    private static String program(String name) {
        return GuestScript.quote(GuestScript.loadAsIs(TreeScripts.class, name)
                .lines()
                .filter(line -> !line.isBlank() && !line.stripLeading().startsWith("#"))
                .collect(Collectors.joining("\n")));
    }

    /** Prints where the folder is, and then its tar. */
    static String pack(GuestPath folder, PathLimits limits) {
        return pack(folder, limits, true);
    }

    /** Makes its tar in a file without a name, and keeps that open. */
    static String packToFile(GuestPath folder, PathLimits limits) {
        return pack(folder, limits, false);
    }

    private static String pack(GuestPath folder, PathLimits limits, boolean streams) {
        return FileScripts.about(
                folder,
                limits,
                PACK.put("STREAM", FileScripts.flag(streams)).put("LIMITED", FileScripts.flag(!limits.isUnlimited())));
    }

    /** Tells how a folder would be unpacked into, and makes it where it is missing. */
    static String prepare(GuestPath folder, PathLimits limits) {
        return unpack(folder, limits, "prepare", false);
    }

    /** The same, and then unpacks a tar that comes on stdin. */
    static String unpack(GuestPath folder, PathLimits limits) {
        return unpack(folder, limits, "stream", false);
    }

    /**
     * Unpacks a file in the folder, and removes it.
     *
     * @param created whether the folder was made for it
     * @param temporary the name that it has
     * @param identity of the file of that name
     */
    static String unpackFile(GuestPath folder, boolean created, String temporary, String identity, PathLimits limits) {
        return FileScripts.assign("temporary", identity)
                + unpack(folder, limits, "file", created).replace("@TEMPORARY@", temporary);
    }

    /** @param created whether the folder was made by a script before */
    private static String unpack(GuestPath folder, PathLimits limits, String run, boolean created) {
        return FileScripts.about(
                folder,
                limits,
                UNPACK.put("RUN", run)
                        .put("CREATE", FileScripts.flag(!run.equals("file")))
                        .put("NEW", FileScripts.flag(created))
                        .put("LIMITED", FileScripts.flag(!limits.isUnlimited())));
    }
}
