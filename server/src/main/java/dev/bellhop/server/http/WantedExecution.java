// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.CreateExecution;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Delivery;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.masking.Literals;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks what a caller wants to have run, field by field, and names all that is wrong with it at once. */
final class WantedExecution {
    /** Half of what a guest takes, so that what Bellhop puts before it has room. */
    private static final int LONGEST_COMMAND = 65_536;

    private static final int MOST_WORDS = 1000;
    /** A list shows a hundred commands at once. */
    private static final int MOST_WORD_BYTES = 262_144;

    private static final int LARGEST_INPUT = 8 << 20;
    private static final int MOST_VARIABLES = 100;
    private static final int MOST_SECRET_BYTES = 16_384;
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_TIMEOUT = 604_800;
    private static final int LONGEST_PATIENCE = 86_400;
    private static final Pattern ABSOLUTE = Pattern.compile("(/|[A-Za-z]:[\\\\/]).*", Pattern.DOTALL);

    private final CreateExecution wanted;
    private final List<FieldFault> faults = new ArrayList<>();

    private WantedExecution(CreateExecution wanted) {
        this.wanted = wanted;
    }

    /**
     * What the engine is to be asked for.
     *
     * @throws BellhopException {@code INVALID_FIELD}
     */
    static ExecutionRequest check(CreateExecution wanted, Key caller) {
        return new WantedExecution(wanted).request(caller);
    }

    private ExecutionRequest request(Key caller) {
        CommandLine command = command();
        byte[] input = input();
        Map<String, String> environment = variables("/env", wanted.env());
        Map<String, String> secretEnv = secretEnv(environment);
        place(wanted.cwd());
        if (wanted.user() != null && !GuestText.isUser(wanted.user())) {
            fault(
                    "/user",
                    "The name of a user, 1 to 64 of A-Z a-z 0-9 _ . -, with A-Z a-z _ at first",
                    Fault.MALFORMED);
        }
        Duration timeout = seconds("/timeoutSeconds", wanted.timeoutSeconds(), 1, LONGEST_TIMEOUT);
        Duration patience = seconds("/deliveryTimeoutSeconds", wanted.deliveryTimeoutSeconds(), 0, LONGEST_PATIENCE);
        Map<String, String> labels = labels(caller);
        if (!faults.isEmpty()) {
            throw new BellhopException("Cannot run this because some of its fields are not valid", faults);
        }
        Delivery delivery = new Delivery(
                environment,
                wanted.cwd(),
                wanted.user(),
                input,
                Boolean.TRUE.equals(wanted.stdinFollows()),
                patience == null ? Duration.ZERO : patience,
                false);
        return new ExecutionRequest(
                new ExecutionSpec(command, caller.id(), caller.account(), labels, timeout, secretEnv, null), delivery);
    }

    private CommandLine command() {
        String script = wanted.command();
        List<String> argv = wanted.argv();
        shell(wanted.shell());
        if (argv != null) {
            if (script != null) {
                fault("/argv", "Either command or argv", Fault.UNKNOWN_FIELD);
            }
            if (wanted.shell() != null) {
                fault("/shell", "No shell with argv, which no shell looks at", Fault.UNKNOWN_FIELD);
            }
            checkWords(argv);
            return new CommandLine.Argv(argv);
        }
        if (script == null) {
            fault("/command", "A command, or argv in its place", Fault.REQUIRED);
            return CommandLine.script("");
        }
        if (script.isBlank() || !GuestText.fits(script, LONGEST_COMMAND)) {
            fault("/command", "1 to " + LONGEST_COMMAND + " bytes of UTF-8, not blanks alone", Fault.OUT_OF_RANGE);
        }
        plain("/command", script);
        return new CommandLine.Script(script, wanted.shell());
    }

    private void checkWords(List<String> argv) {
        if (argv.isEmpty() || argv.size() > MOST_WORDS) {
            fault("/argv", "1 to " + MOST_WORDS + " words, of which the first is the program", Fault.OUT_OF_RANGE);
        }
        for (int i = 0; i < Math.min(argv.size(), MOST_WORDS); i++) {
            argument("/argv/" + i, argv.get(i));
        }
        long bytes = argv.stream()
                .mapToLong(word -> word.getBytes(StandardCharsets.UTF_8).length)
                .sum();
        if (bytes > MOST_WORD_BYTES) {
            fault("/argv", "At most " + MOST_WORD_BYTES + " bytes of UTF-8, all words together", Fault.OUT_OF_RANGE);
        }
        if (!argv.isEmpty()) {
            program("/argv/0", argv.getFirst());
        }
    }

    private byte @Nullable [] input() {
        String text = wanted.stdin();
        String base64 = wanted.stdinBase64();
        if (text != null && base64 != null) {
            fault("/stdinBase64", "Either stdin or stdinBase64", Fault.UNKNOWN_FIELD);
            return null;
        }
        if (Boolean.TRUE.equals(wanted.stdinFollows()) && (text != null || base64 != null)) {
            fault(
                    "/stdinFollows",
                    "Either stdin or stdinFollows; with stdinFollows send all of it in pieces",
                    Fault.UNKNOWN_FIELD);
        }
        byte[] input = text == null ? decoded(base64) : text.getBytes(StandardCharsets.UTF_8);
        if (input != null && input.length > LARGEST_INPUT) {
            fault(
                    text == null ? "/stdinBase64" : "/stdin",
                    "At most " + LARGEST_INPUT + " bytes; send more in pieces, with stdinFollows",
                    Fault.OUT_OF_RANGE);
        }
        if (text != null && hasHalfCharacter(text)) {
            fault("/stdin", "Text without unpaired surrogates", Fault.MALFORMED);
        }
        return input;
    }

    private byte @Nullable [] decoded(@Nullable String base64) {
        try {
            return base64 == null ? null : Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            fault("/stdinBase64", "Base64 of RFC 4648, section 4, without line breaks", Fault.MALFORMED);
            return null;
        }
    }

    private Map<String, String> variables(String pointer, @Nullable Map<String, String> variables) {
        if (variables == null) {
            return Map.of();
        }
        if (variables.size() > MOST_VARIABLES) {
            fault(pointer, "At most " + MOST_VARIABLES + " variables", Fault.OUT_OF_RANGE);
        }
        if (!variables.keySet().stream().allMatch(GuestText::isVariable)) {
            fault(pointer, "Names of letters, digits and _, not with a digit at first", Fault.MALFORMED);
        }
        variables.forEach((name, value) -> argument(pointer, name + "=" + value));
        return variables;
    }

    private Map<String, String> secretEnv(Map<String, String> environment) {
        Map<String, String> secrets = variables("/secretEnv", wanted.secretEnv());
        if (!Collections.disjoint(secrets.keySet(), environment.keySet())) {
            fault("/secretEnv", "Names that env does not have", Fault.UNKNOWN_FIELD);
        }
        if (secrets.values().stream().anyMatch(value -> !Literals.isMaskable(value))) {
            fault(
                    "/secretEnv",
                    "Values of at least " + Literals.SHORTEST
                            + " characters without the blanks around them: what is shorter could not be masked",
                    Fault.OUT_OF_RANGE);
        }
        int bytes = secrets.entrySet().stream()
                .mapToInt(
                        secret -> secret.getKey().length() + secret.getValue().getBytes(StandardCharsets.UTF_8).length)
                .sum();
        if (bytes > MOST_SECRET_BYTES) {
            fault("/secretEnv", "At most " + MOST_SECRET_BYTES + " bytes in all", Fault.OUT_OF_RANGE);
        }
        return secrets;
    }

    /** Those of the key come on top, so that it sees what it starts. */
    private Map<String, String> labels(Key caller) {
        Map<String, String> labels = new HashMap<>();
        if (wanted.labels() != null) {
            Labels.check(wanted.labels(), faults);
            labels.putAll(wanted.labels());
        }
        caller.labels().forEach((name, value) -> {
            String other = labels.put(name, value);
            if (other != null && !other.equals(value)) {
                fault("/labels", "Of a label that the key has, the value that it has", Fault.UNKNOWN_VALUE);
            }
        });
        return labels;
    }

    private @Nullable Duration seconds(String pointer, @Nullable Integer value, int least, int most) {
        if (value == null) {
            return null;
        }
        if (value < least || value > most) {
            fault(pointer, least + " to " + most, Fault.OUT_OF_RANGE);
        }
        return Duration.ofSeconds(value);
    }

    private void place(@Nullable String cwd) {
        if (cwd == null) {
            return;
        }
        if (!ABSOLUTE.matcher(cwd).matches()) {
            fault("/cwd", "An absolute path", Fault.MALFORMED);
        }
        if (!GuestText.fits(cwd, GuestText.LONGEST_PATH)) {
            fault("/cwd", "At most " + GuestText.LONGEST_PATH + " bytes of UTF-8", Fault.OUT_OF_RANGE);
        }
        plain("/cwd", cwd);
    }

    private void shell(@Nullable String shell) {
        if (shell == null) {
            return;
        }
        if (shell.isBlank() || length(shell) > LONGEST_NAME) {
            fault("/shell", "1 to " + LONGEST_NAME + " characters, not blanks alone", Fault.OUT_OF_RANGE);
        }
        plain("/shell", shell);
        program("/shell", shell);
    }

    private void argument(String pointer, String text) {
        if (!GuestText.fits(text, GuestText.LONGEST_ARGUMENT)) {
            fault(pointer, "At most " + GuestText.LONGEST_ARGUMENT + " bytes of UTF-8", Fault.OUT_OF_RANGE);
        }
        plain(pointer, text);
    }

    private void program(String pointer, String name) {
        if (!GuestText.isProgram(name)) {
            fault(pointer, "The name or path of a program, not with - at first", Fault.MALFORMED);
        }
    }

    private void plain(String pointer, String text) {
        if (!GuestText.isSendable(text)) {
            fault(pointer, "Text without NUL, unpaired surrogates and noncharacters", Fault.MALFORMED);
        }
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    private static boolean hasHalfCharacter(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    private void fault(String pointer, String detail, Fault fault) {
        faults.add(new FieldFault(pointer, detail, fault));
    }
}
