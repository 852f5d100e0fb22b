// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.CreateExecution;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Delivery;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks what a caller wants to have run, field by field, and names all that is wrong with it at once. */
final class WantedExecution {
    private static final int LONGEST_COMMAND = 65_536;
    private static final int MOST_WORDS = 1000;

    /** Linux takes no longer word than 128 KiB (MAX_ARG_STRLEN). */
    private static final int LONGEST_WORD = 131_072;

    private static final int LARGEST_INPUT = 8 << 20;
    private static final int MOST_VARIABLES = 100;
    private static final int LONGEST_PATH = 4096;
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_TIMEOUT = 604_800;
    private static final int LONGEST_PATIENCE = 86_400;
    private static final int MOST_LABELS = 20;
    private static final int LONGEST_LABEL = 255;
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern ABSOLUTE = Pattern.compile("(/|[A-Za-z]:[\\\\/]).*", Pattern.DOTALL);
    private static final Pattern USER = Pattern.compile("[A-Za-z0-9_.][A-Za-z0-9_.-]{0,63}");
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_.-]{1,63}");

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
    static ExecutionRequest check(CreateExecution wanted, String keyId) {
        return new WantedExecution(wanted).request(keyId);
    }

    private ExecutionRequest request(String keyId) {
        CommandLine command = command();
        byte[] input = input();
        Map<String, String> environment = environment();
        text("/cwd", wanted.cwd(), LONGEST_PATH);
        if (wanted.cwd() != null && !ABSOLUTE.matcher(wanted.cwd()).matches()) {
            fault("/cwd", "An absolute path", Fault.MALFORMED);
        }
        if (wanted.user() != null && !USER.matcher(wanted.user()).matches()) {
            fault("/user", "The name of a user, 1 to 64 of A-Z a-z 0-9 _ . -, not with - at first", Fault.MALFORMED);
        }
        Duration timeout = seconds("/timeoutSeconds", wanted.timeoutSeconds(), 1, LONGEST_TIMEOUT);
        Duration patience = seconds("/deliveryTimeoutSeconds", wanted.deliveryTimeoutSeconds(), 0, LONGEST_PATIENCE);
        Map<String, String> labels = labels();
        if (!faults.isEmpty()) {
            throw new BellhopException("Cannot run this because some of its fields are not valid", faults);
        }
        Delivery delivery = new Delivery(
                environment,
                wanted.cwd(),
                wanted.user(),
                input,
                Boolean.TRUE.equals(wanted.stdinFollows()),
                patience == null ? Duration.ZERO : patience);
        return new ExecutionRequest(new ExecutionSpec(command, keyId, labels, timeout), delivery);
    }

    private CommandLine command() {
        String script = wanted.command();
        List<String> argv = wanted.argv();
        text("/shell", wanted.shell(), LONGEST_NAME);
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
        int length = script.codePointCount(0, script.length());
        if (script.isBlank() || length > LONGEST_COMMAND) {
            fault("/command", "1 to " + LONGEST_COMMAND + " characters, not blanks alone", Fault.OUT_OF_RANGE);
        }
        plain("/command", script);
        return new CommandLine.Script(script, wanted.shell());
    }

    private void checkWords(List<String> argv) {
        if (argv.isEmpty() || argv.size() > MOST_WORDS) {
            fault("/argv", "1 to " + MOST_WORDS + " words, of which the first is the program", Fault.OUT_OF_RANGE);
        }
        for (int i = 0; i < Math.min(argv.size(), MOST_WORDS); i++) {
            String word = argv.get(i);
            if (word.length() > LONGEST_WORD || (i == 0 && word.isEmpty())) {
                fault("/argv/" + i, "At most " + LONGEST_WORD + " characters, and a program", Fault.OUT_OF_RANGE);
            }
            plain("/argv/" + i, word);
        }
    }

    private byte @Nullable [] input() {
        String text = wanted.stdin();
        String base64 = wanted.stdinBase64();
        if (text != null && base64 != null) {
            fault("/stdinBase64", "Either stdin or stdinBase64", Fault.UNKNOWN_FIELD);
            return null;
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

    private Map<String, String> environment() {
        Map<String, String> variables = wanted.env();
        if (variables == null) {
            return Map.of();
        }
        if (variables.size() > MOST_VARIABLES) {
            fault("/env", "At most " + MOST_VARIABLES + " variables", Fault.OUT_OF_RANGE);
        }
        if (!variables.keySet().stream().allMatch(name -> VARIABLE.matcher(name).matches())) {
            fault("/env", "Names of letters, digits and _, not with a digit at first", Fault.MALFORMED);
        }
        variables.values().forEach(value -> {
            if (value.length() > LONGEST_WORD) {
                fault("/env", "Values of at most " + LONGEST_WORD + " characters", Fault.OUT_OF_RANGE);
            }
            plain("/env", value);
        });
        return variables;
    }

    private Map<String, String> labels() {
        Map<String, String> labels = wanted.labels();
        if (labels == null) {
            return Map.of();
        }
        if (labels.size() > MOST_LABELS) {
            fault("/labels", "At most " + MOST_LABELS + " labels", Fault.OUT_OF_RANGE);
        }
        if (!labels.keySet().stream().allMatch(name -> LABEL.matcher(name).matches())) {
            fault("/labels", "Names of 1 to 63 of A-Z a-z 0-9 _ . -", Fault.MALFORMED);
        }
        labels.values().forEach(value -> {
            if (value.codePointCount(0, value.length()) > LONGEST_LABEL) {
                fault("/labels", "Values of at most " + LONGEST_LABEL + " characters", Fault.OUT_OF_RANGE);
            }
            plain("/labels", value);
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

    private void text(String pointer, @Nullable String text, int longest) {
        if (text != null) {
            if (text.isBlank() || text.length() > longest) {
                fault(pointer, "1 to " + longest + " characters", Fault.OUT_OF_RANGE);
            }
            plain(pointer, text);
        }
    }

    /** No guest takes a NUL in a word, and half a character would arrive as something else. */
    private void plain(String pointer, String text) {
        if (text.indexOf('\0') >= 0 || hasHalfCharacter(text)) {
            fault(pointer, "Text without NUL and unpaired surrogates", Fault.MALFORMED);
        }
    }

    private static boolean hasHalfCharacter(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    private void fault(String pointer, String detail, Fault fault) {
        faults.add(new FieldFault(pointer, detail, fault));
    }
}
