// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.LoginSession;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes commands of others, with one thing more. */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record TestCommand(
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
    static TestCommand of(GuestCommand command) {
        return new TestCommand(
                command.line(),
                command.env(),
                command.secretEnv(),
                command.cwd(),
                command.user(),
                command.stdin(),
                command.stdinFollows(),
                command.timeout(),
                command.grace(),
                command.login());
    }

    static TestCommand shell(String text) {
        return of(GuestCommand.shell(text));
    }

    static TestCommand argv(String... argv) {
        return shell(":").withLine(new CommandLine.Argv(List.of(argv)));
    }

    @SuppressWarnings("NullAway") // A class file does not say that an array of a record may be absent.
    GuestCommand get() {
        return new GuestCommand(line, env, secretEnv, cwd, user, stdin, stdinFollows, timeout, grace, login);
    }

    private TestCommand withLine(CommandLine newLine) {
        return new TestCommand(newLine, env, secretEnv, cwd, user, stdin, stdinFollows, timeout, grace, login);
    }

    TestCommand withShell(String shell) {
        return line instanceof CommandLine.Script(String text, String _)
                ? withLine(new CommandLine.Script(text, shell))
                : this;
    }

    TestCommand withEnv(Map<String, String> newEnv) {
        return new TestCommand(line, newEnv, secretEnv, cwd, user, stdin, stdinFollows, timeout, grace, login);
    }

    TestCommand withSecretEnv(Map<String, String> newSecretEnv) {
        return new TestCommand(line, env, newSecretEnv, cwd, user, stdin, stdinFollows, timeout, grace, login);
    }

    TestCommand withCwd(String newCwd) {
        return new TestCommand(line, env, secretEnv, newCwd, user, stdin, stdinFollows, timeout, grace, login);
    }

    TestCommand withUser(String newUser) {
        return new TestCommand(line, env, secretEnv, cwd, newUser, stdin, stdinFollows, timeout, grace, login);
    }

    TestCommand withStdin(byte[] newStdin) {
        return new TestCommand(line, env, secretEnv, cwd, user, newStdin, false, timeout, grace, login);
    }

    TestCommand withStdinFollowing() {
        return new TestCommand(line, env, secretEnv, cwd, user, null, true, timeout, grace, login);
    }

    TestCommand withTimeout(Duration newTimeout, Duration newGrace) {
        return new TestCommand(line, env, secretEnv, cwd, user, stdin, stdinFollows, newTimeout, newGrace, login);
    }

    TestCommand withText(String text) {
        return withLine(CommandLine.script(text));
    }

    TestCommand withLogin(LoginSession newLogin) {
        return new TestCommand(line, env, secretEnv, cwd, user, stdin, stdinFollows, timeout, grace, newLogin);
    }
}
