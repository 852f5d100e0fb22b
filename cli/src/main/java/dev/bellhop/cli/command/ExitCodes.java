// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

/** Exit codes. {@code bellhop --help} and {@code bellhop exec --help} explain them. */
public final class ExitCodes {

    public static final int OK = 0;

    public static final int FAILED = 1;

    /** As timeout(1). */
    public static final int TIMED_OUT = 124;

    /** The guest's command has an exit code, but some of its output is missing. */
    public static final int OUTPUT_INCOMPLETE = 125;

    /** As a process that Ctrl-C ended: 128 + SIGINT. */
    public static final int INTERRUPTED = 130;

    /** As a process that wrote to a pipe without a reader: 128 + SIGPIPE. */
    public static final int BROKEN_PIPE = 141;

    /** There is no exit code from the guest, as ssh(1). */
    public static final int ERROR = 255;

    private ExitCodes() {}
}
