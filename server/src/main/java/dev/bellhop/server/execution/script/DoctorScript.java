// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.qga.ExecCommand;

/** Asks a POSIX guest what it has of what Bellhop uses. Changes nothing but a file in the spool's place that it removes at once. */
public final class DoctorScript {
    private static final GuestScript SCRIPT = GuestScript.load("doctor.sh");

    private DoctorScript() {}

    /**
     * What the agent is to run.
     *
     * @param spool where supervisors keep their files in the guest
     */
    public static ExecCommand of(String spool) {
        return ExecCommand.of(
                GuestShell.PATH,
                "-c",
                SCRIPT.put("SPOOL", GuestScript.quote(spool)).text(),
                GuestShell.PATH);
    }
}
