// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A command as it is to run in a guest, whichever way that will be. {@link #toString()} tells no more than sizes.
 *
 * @param env variables added to the guest's, in order; they win over the defaults for HOME and PATH
 * @param secretEnv likewise, in no command line of the guest: they go before the command's own input, on its stdin
 * @param cwd the working directory; absent leaves it to the agent
 * @param user the name of the guest's user to run it as; absent means the agent's own
 * @param stdin what the command reads; absent means nothing. Not copied, so leave it unchanged
 * @param stdinFollows whether stdin is written while it runs, through {@link Spool#stdin}
 * @param timeout how long it may run, in whole seconds (rounded up); absent means without end
 * @param grace how long it has after TERM before KILL, in whole seconds (rounded up)
 * @param login of a command over SSH: its user's login shell runs it; absent for others
 */
@SuppressWarnings("ArrayRecordComponent") // Megabytes of raw bytes: a copy a reader would cost more than it guards.
public record GuestCommand(
        CommandLine line,
        Map<String, String> env,
        Map<String, String> secretEnv,
        @Nullable String cwd,
        @Nullable String user,
        byte @Nullable [] stdin,
        boolean stdinFollows,
        @Nullable Duration timeout,
        Duration grace,
        @Nullable LoginSession login) {

    static final Duration GRACE = Duration.ofSeconds(10);

    /**
     * Checks every field.
     *
     * @throws BellhopException {@code INVALID_FIELD} with all the faults
     */
    public GuestCommand {
        env = Collections.unmodifiableMap(new LinkedHashMap<>(env));
        secretEnv = Collections.unmodifiableMap(new LinkedHashMap<>(secretEnv));
        List<FieldFault> faults = new ArrayList<>();
        check(line, login != null, faults);
        checkVariables("/env", env, faults);
        checkVariables("/secretEnv", secretEnv, faults);
        if (cwd != null) {
            checkText("/cwd", cwd, faults);
            if (cwd.isEmpty() || !GuestText.fits(cwd, GuestText.MAX_PATH_BYTES)) {
                faults.add(new FieldFault(
                        "/cwd", "A path of 1 to " + GuestText.MAX_PATH_BYTES + " bytes", Fault.OUT_OF_RANGE));
            }
        }
        if (user != null && !GuestText.isUser(user)) {
            faults.add(new FieldFault("/user", "The name of a user in the guest", Fault.MALFORMED));
        }
        if (stdinFollows && stdin != null) {
            faults.add(new FieldFault("/stdinFollows", "Either stdin or stdinFollows", Fault.UNKNOWN_FIELD));
        }
        if (timeout != null && !timeout.isPositive()) {
            faults.add(new FieldFault("/timeoutSeconds", "1 or more", Fault.OUT_OF_RANGE));
        }
        if (grace.isNegative()) {
            faults.add(new FieldFault("/graceSeconds", "0 or more", Fault.OUT_OF_RANGE));
        }
        if (!faults.isEmpty()) {
            throw new BellhopException(
                    "Cannot run this command because the guest could not take it as it is; see the fields", faults);
        }
    }

    /** Text for the guest's own shell, and nothing else asked for. */
    static GuestCommand shell(String text) {
        CommandLine line = CommandLine.script(text);
        return new GuestCommand(line, Map.of(), Map.of(), null, null, null, false, null, GRACE, null);
    }

    public static GuestCommand of(ExecutionSpec spec, StartOptions options) {
        return new GuestCommand(
                spec.command(),
                options.env(),
                spec.secretEnv(),
                options.cwd(),
                options.user(),
                options.stdin(),
                options.stdinFollows(),
                spec.timeout(),
                GRACE,
                options.login());
    }

    /** Whole seconds, rounded up: what is asked for is never cut short. */
    static long seconds(Duration duration) {
        return duration.plusNanos(999_999_999).toSeconds();
    }

    private static void check(CommandLine line, boolean isLogin, List<FieldFault> faults) {
        switch (line) {
            case CommandLine.Script(String text, String shell) -> {
                checkText(
                        "/command",
                        text,
                        isLogin ? GuestText.MAX_LOGIN_COMMAND_BYTES : GuestText.MAX_ARGUMENT_BYTES,
                        faults);
                if (shell != null && !isProgram(shell, faults, "/shell")) {
                    faults.add(new FieldFault("/shell", "The name or path of a shell", Fault.MALFORMED));
                }
            }
            case CommandLine.Argv(List<String> argv) -> {
                if (argv.isEmpty() || !isProgram(argv.getFirst(), faults, "/argv/0")) {
                    faults.add(new FieldFault("/argv", "The name or path of a program first", Fault.MALFORMED));
                }
                for (int i = 1; i < argv.size(); i++) {
                    checkText("/argv/" + i, argv.get(i), faults);
                }
            }
            case CommandLine.Truncated _ ->
                throw new IllegalStateException("the beginning of a command is not to be run");
        }
    }

    private static void checkVariables(String pointer, Map<String, String> variables, List<FieldFault> faults) {
        variables.forEach((name, value) -> {
            if (!GuestText.isVariable(name)) {
                faults.add(
                        new FieldFault(pointer, "Names of letters, digits and _, not a digit first", Fault.MALFORMED));
            }
            checkText(pointer, name + "=" + value, faults);
        });
    }

    private static boolean isProgram(String name, List<FieldFault> faults, String pointer) {
        checkText(pointer, name, faults);
        return GuestText.isProgram(name);
    }

    private static void checkText(String pointer, String text, List<FieldFault> faults) {
        checkText(pointer, text, GuestText.MAX_ARGUMENT_BYTES, faults);
    }

    private static void checkText(String pointer, String text, int bytes, List<FieldFault> faults) {
        if (!GuestText.isSendable(text)) {
            faults.add(new FieldFault(
                    pointer, "Text without NUL, unpaired surrogates and noncharacters", Fault.MALFORMED));
        }
        if (!GuestText.fits(text, bytes)) {
            faults.add(new FieldFault(pointer, "At most " + bytes + " bytes of UTF-8", Fault.OUT_OF_RANGE));
        }
    }

    @Override
    public String toString() {
        return "GuestCommand[" + line + ", env=" + env.size() + ", secretEnv=" + secretEnv.size() + ", stdinBytes="
                + (stdin == null ? 0 : stdin.length) + ", stdinFollows=" + stdinFollows + ", timeout=" + timeout
                + "]";
    }
}
