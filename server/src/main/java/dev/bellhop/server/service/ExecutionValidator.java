// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.masking.SecretMatcher;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks a command that a caller wants to run. */
public final class ExecutionValidator {
    /**
     * The limit for /bin/sh. A guest accepts twice as much; the rest is for the lines that Bellhop puts before the
     * command.
     */
    private static final int MAX_COMMAND_BYTES = 65_536;

    private static final int MAX_WORDS = 1000;
    /** Limited because a list shows a hundred commands at once. */
    private static final int MAX_WORD_BYTES = 262_144;

    private static final int MAX_STDIN_BYTES = 8 << 20;
    private static final int MAX_VARIABLES = 100;
    private static final int MAX_SECRET_BYTES = 16_384;
    private static final int MAX_SHELL = 255;
    private static final int MAX_TIMEOUT = 604_800;
    private static final int MAX_DELIVERY_TIMEOUT = 86_400;
    private static final Pattern ABSOLUTE = Pattern.compile("(/|[A-Za-z]:[\\\\/]).*|" + GuestText.HOME, Pattern.DOTALL);

    private final CreateExecution wanted;
    private final int maxCommandBytes;
    private final FieldFaults faults = new FieldFaults();

    private ExecutionValidator(CreateExecution wanted, int maxCommandBytes) {
        this.wanted = wanted;
        this.maxCommandBytes = maxCommandBytes;
    }

    /** Returns the request for the engine; throws {@code INVALID_FIELD}. */
    public static ExecutionRequest check(CreateExecution wanted, Key caller) {
        return new ExecutionValidator(wanted, MAX_COMMAND_BYTES).request(caller);
    }

    /** Same, but over SSH if there is a session, where a command can be longer. */
    public static ExecutionRequest check(CreateExecution wanted, @Nullable LoginSession login, Key caller) {
        return login == null
                ? check(wanted, caller)
                : new ExecutionValidator(wanted, GuestText.MAX_LOGIN_COMMAND_BYTES)
                        .request(caller)
                        .over(login);
    }

    private ExecutionRequest request(Key caller) {
        CommandLine command = command();
        byte[] stdin = stdin();
        Map<String, String> env = variables("/env", wanted.env());
        Map<String, String> secretEnv = secretEnv(env);
        place(wanted.cwd());
        faults.malformedUnless(
                wanted.user() == null || GuestText.isUser(wanted.user()),
                "/user",
                "The name of a user, 1 to 64 of A-Z a-z 0-9 _ . -, with A-Z a-z _ at first");
        Duration timeout = seconds("/timeoutSeconds", wanted.timeoutSeconds(), 1, MAX_TIMEOUT);
        Duration deliveryTimeout =
                seconds("/deliveryTimeoutSeconds", wanted.deliveryTimeoutSeconds(), 0, MAX_DELIVERY_TIMEOUT);
        Map<String, String> labels = labels(caller);
        faults.throwIfAny("Cannot run this because some of its fields are not valid");
        StartOptions options = new StartOptions(
                env,
                wanted.cwd(),
                wanted.user(),
                stdin,
                Boolean.TRUE.equals(wanted.stdinFollows()),
                deliveryTimeout == null ? Duration.ZERO : deliveryTimeout,
                false);
        return new ExecutionRequest(
                new ExecutionSpec(command, caller.id(), caller.tenant(), labels, timeout, secretEnv, null), options);
    }

    private CommandLine command() {
        String script = wanted.command();
        List<String> argv = wanted.argv();
        shell(wanted.shell());
        if (argv != null) {
            faults.surplusUnless(script == null, "/argv", "Either command or argv");
            faults.surplusUnless(wanted.shell() == null, "/shell", "No shell with argv, which no shell looks at");
            checkWords(argv);
            return new CommandLine.Argv(argv);
        }
        if (script == null) {
            faults.add("/command", "A command, or argv in its place", Fault.REQUIRED);
            return CommandLine.script("");
        }
        faults.outOfRangeUnless(
                !script.isBlank() && GuestText.fits(script, maxCommandBytes),
                "/command",
                "1 to " + maxCommandBytes + " bytes of UTF-8, and not only blanks");
        plain("/command", script);
        return new CommandLine.Script(script, wanted.shell());
    }

    private void checkWords(List<String> argv) {
        faults.unlessBetween(
                1, argv.size(), MAX_WORDS, "/argv", "1 to " + MAX_WORDS + " words, of which the first is the program");
        for (int i = 0; i < Math.min(argv.size(), MAX_WORDS); i++) {
            argument("/argv/" + i, argv.get(i));
        }
        faults.unlessBetween(
                0,
                argv.stream().mapToLong(ExecutionValidator::bytes).sum(),
                MAX_WORD_BYTES,
                "/argv",
                "At most " + MAX_WORD_BYTES + " bytes of UTF-8, all words together");
        if (!argv.isEmpty()) {
            program("/argv/0", argv.getFirst());
        }
    }

    private byte @Nullable [] stdin() {
        String text = wanted.stdin();
        String base64 = wanted.stdinBase64();
        if (text != null && base64 != null) {
            faults.add("/stdinBase64", "Either stdin or stdinBase64", Fault.UNKNOWN_FIELD);
            return null;
        }
        faults.surplusUnless(
                !Boolean.TRUE.equals(wanted.stdinFollows()) || (text == null && base64 == null),
                "/stdinFollows",
                "Either stdin or stdinFollows; with stdinFollows send all of it in pieces");
        byte[] stdin = text == null ? decoded(base64) : text.getBytes(StandardCharsets.UTF_8);
        faults.outOfRangeUnless(
                stdin == null || stdin.length <= MAX_STDIN_BYTES,
                text == null ? "/stdinBase64" : "/stdin",
                "At most " + MAX_STDIN_BYTES + " bytes; send more in pieces, with stdinFollows");
        faults.malformedUnless(
                text == null || !GuestText.hasHalfCharacter(text), "/stdin", "Text without unpaired surrogates");
        return stdin;
    }

    private byte @Nullable [] decoded(@Nullable String base64) {
        try {
            return base64 == null ? null : Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            faults.add("/stdinBase64", "Base64 of RFC 4648, section 4, without line breaks", Fault.MALFORMED);
            return null;
        }
    }

    private Map<String, String> variables(String pointer, @Nullable Map<String, String> variables) {
        if (variables == null) {
            return Map.of();
        }
        faults.unlessBetween(0, variables.size(), MAX_VARIABLES, pointer, "At most " + MAX_VARIABLES + " variables");
        faults.malformedUnless(
                variables.keySet().stream().allMatch(GuestText::isVariable),
                pointer,
                "Names of letters, digits and _, not with a digit at first");
        variables.forEach((name, value) -> argument(pointer, name + "=" + value));
        return variables;
    }

    private Map<String, String> secretEnv(Map<String, String> env) {
        Map<String, String> secrets = variables("/secretEnv", wanted.secretEnv());
        faults.surplusUnless(
                Collections.disjoint(secrets.keySet(), env.keySet()), "/secretEnv", "Names that env does not have");
        faults.outOfRangeUnless(
                secrets.values().stream().allMatch(SecretMatcher::isMaskable),
                "/secretEnv",
                "Values of at least " + SecretMatcher.MIN_LENGTH
                        + " characters without the blanks around them: what is shorter could not be masked");
        faults.unlessBetween(
                0,
                secrets.entrySet().stream()
                        .mapToLong(secret -> secret.getKey().length() + bytes(secret.getValue()))
                        .sum(),
                MAX_SECRET_BYTES,
                "/secretEnv",
                "At most " + MAX_SECRET_BYTES + " bytes in all");
        return secrets;
    }

    /** Adds the labels of the key, because a key sees only commands with its labels. */
    private Map<String, String> labels(Key caller) {
        Map<String, String> labels = new HashMap<>();
        if (wanted.labels() != null) {
            Labels.check(wanted.labels(), faults);
            labels.putAll(wanted.labels());
        }
        caller.labels().forEach((name, value) -> {
            String other = labels.put(name, value);
            faults.unknownUnless(
                    other == null || other.equals(value),
                    "/labels",
                    "Of a label that the key has, the value that it has");
        });
        return labels;
    }

    private @Nullable Duration seconds(String pointer, @Nullable Integer value, int min, int max) {
        if (value == null) {
            return null;
        }
        faults.unlessBetween(min, value, max, pointer);
        return Duration.ofSeconds(value);
    }

    private void place(@Nullable String cwd) {
        if (cwd == null) {
            return;
        }
        faults.malformedUnless(ABSOLUTE.matcher(cwd).matches(), "/cwd", "An absolute path");
        fits("/cwd", cwd, GuestText.MAX_PATH_BYTES);
        plain("/cwd", cwd);
    }

    private void shell(@Nullable String shell) {
        if (shell == null) {
            return;
        }
        faults.outOfRangeUnless(
                !shell.isBlank() && shell.codePointCount(0, shell.length()) <= MAX_SHELL,
                "/shell",
                "1 to " + MAX_SHELL + " characters, not blanks alone");
        plain("/shell", shell);
        program("/shell", shell);
    }

    private void argument(String pointer, String text) {
        fits(pointer, text, GuestText.MAX_ARGUMENT_BYTES);
        plain(pointer, text);
    }

    private void fits(String pointer, String text, int bytes) {
        faults.outOfRangeUnless(GuestText.fits(text, bytes), pointer, "At most " + bytes + " bytes of UTF-8");
    }

    private void program(String pointer, String name) {
        faults.malformedUnless(
                GuestText.isProgram(name), pointer, "The name or path of a program, not with - at first");
    }

    private void plain(String pointer, String text) {
        faults.malformedUnless(
                GuestText.isSendable(text), pointer, "Text without NUL, unpaired surrogates and noncharacters");
    }

    private static long bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
