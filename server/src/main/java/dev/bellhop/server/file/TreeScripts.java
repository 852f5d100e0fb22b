// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.server.execution.script.GuestScript;
import java.util.stream.Collectors;

/** The scripts for trees that run in a guest's shell. */
final class TreeScripts {
    private static final GuestScript TAR = GuestScript.load(TreeScripts.class, "tar.sh");
    private static final GuestScript PACK = FileScripts.load("pack").with("TAR", TAR);
    private static final GuestScript UNPACK = FileScripts.load("unpack")
            .with("TAR", TAR)
            .put("PERL", program("unpack.pl"))
            .put("PYTHON", program("unpack.py"));

    private TreeScripts() {}

    /** Returns a program as one shell word, without comments and blank lines. The indentation is needed. */
    private static String program(String name) {
        return GuestScript.quote(GuestScript.loadAsIs(TreeScripts.class, name)
                .lines()
                .filter(line -> !line.isBlank() && !line.stripLeading().startsWith("#"))
                .collect(Collectors.joining("\n")));
    }

    /** Returns a script that prints the real path of the folder, then its tar. */
    static String pack(GuestPath folder, PathLimits limits) {
        return pack(folder, limits, true);
    }

    /** Returns a script that writes the tar to a file without a name and keeps that open. */
    static String packToFile(GuestPath folder, PathLimits limits) {
        return pack(folder, limits, false);
    }

    private static String pack(GuestPath folder, PathLimits limits, boolean streams) {
        return FileScripts.about(
                folder,
                limits,
                PACK.put("STREAM", FileScripts.flag(streams)).put("LIMITED", FileScripts.flag(!limits.isUnlimited())));
    }

    /** Returns a script that prepares unpacking into a folder, and makes the folder if it is missing. */
    static String prepare(GuestPath folder, PathLimits limits) {
        return unpack(folder, limits, "prepare", false);
    }

    /** Same, and then unpacks a tar from stdin. */
    static String unpack(GuestPath folder, PathLimits limits) {
        return unpack(folder, limits, "stream", false);
    }

    /**
     * Returns a script that unpacks a tar file in the folder, and removes the file.
     *
     * @param created whether the folder was made for this tree
     * @param temporary the name of the file
     * @param identity the identity of the file
     */
    static String unpackFile(GuestPath folder, boolean created, String temporary, String identity, PathLimits limits) {
        return FileScripts.assign("temporary", identity)
                + unpack(folder, limits, "file", created).replace("@TEMPORARY@", temporary);
    }

    /** @param created whether an earlier script made the folder */
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
