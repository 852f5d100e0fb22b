// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputChunk;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.v2.ExecutionView;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "logs",
        description = "Print what a command has written, or follow it to its end.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        exitCodeOnInvalidInput = Outcome.EXIT_FAILED,
        exitCodeOnExecutionException = Outcome.EXIT_FAILED,
        footer = {
            "",
            "The command's stdout goes to stdout and its stderr to stderr, byte for byte. Output can be read as often"
                    + " as you like, for as long as the server keeps it.",
            "",
            "Exit codes: with -f those of 'bellhop exec', without it 0 once all is printed. Ctrl-C ends the following,"
                    + " not the command.",
            "",
            "Examples:",
            "  bellhop logs -f 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01",
            "  bellhop logs --stream stderr 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01"
        })
final class LogsCommand implements Callable<Integer> {

    private static final int CHUNK_BYTES = 1 << 20;
    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private final CliContext context;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on until the command ends, and end as it ended.")
    private boolean follow;

    @Option(
            names = "--stream",
            paramLabel = "STREAM",
            completionCandidates = StreamNames.class,
            converter = StreamName.class,
            description = "stdout or stderr. Default: both.")
    private @Nullable OutputStreamName stream;

    @Option(
            names = "--raw",
            description = "With the secrets that are masked otherwise. Needs the scope read:raw, and is recorded.")
    private boolean raw;

    @Mixin
    private final ClientOptions options;

    @Parameters(paramLabel = "ID", description = "The execution, from 'bellhop ps' or 'bellhop exec --detach'.")
    private String id = "";

    LogsCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        try (BellhopClient client = options.connect()) {
            return follow ? follow(client) : print(client);
        } catch (IOException e) {
            throw new CliException("Cannot write the output: " + e.getMessage());
        }
    }

    private int follow(BellhopClient client) throws IOException, InterruptedException {
        Outcome outcome = new Outcome(context.terminal());
        ExecutionView end = new LiveOutput(client, context, this::write, state -> {}, raw).follow(id);
        if (!end.ended()) {
            return 0; // Nobody reads on.
        }
        if (options.json()) {
            context.terminal().json(client.execution(id, AT_ONCE, raw));
        }
        return outcome.tell(end);
    }

    private boolean write(OutputStreamName from, byte[] bytes) throws IOException {
        if (!options.json() && (stream == null || stream == from)) {
            context.terminal().write(from, bytes);
        }
        return !context.terminal().isUnread();
    }

    private int print(BellhopClient client) throws IOException, InterruptedException {
        ExecutionView execution = client.execution(id, AT_ONCE, raw && options.json());
        if (options.json()) {
            context.terminal().json(execution);
            return 0;
        }
        // As much as there is now: a command that goes on writing would be read on for ever.
        if (stream != OutputStreamName.STDERR) {
            print(client, OutputStreamName.STDOUT, execution, execution.stdoutBytes());
        }
        if (stream != OutputStreamName.STDOUT) {
            print(client, OutputStreamName.STDERR, execution, execution.stderrBytes());
        }
        new Outcome(context.terminal()).sayWhatIsMissing(execution);
        return 0;
    }

    private void print(BellhopClient client, OutputStreamName from, ExecutionView execution, @Nullable Long bytes)
            throws IOException, InterruptedException {
        long end = bytes == null ? 0 : bytes;
        long offset = 0;
        while (offset < end && !context.terminal().isUnread()) {
            OutputChunk chunk = client.output(id, from, offset, (int) Math.min(CHUNK_BYTES, end - offset), raw);
            context.terminal().write(from, chunk.bytes());
            if (chunk.nextOffset() <= offset && !execution.ended()) {
                return; // What may yet turn out a secret is held back.
            }
            if (chunk.nextOffset() <= offset) {
                throw new CliException(
                        "Cannot read the output beyond byte " + offset + " because the server has no more of it");
            }
            offset = chunk.nextOffset();
        }
    }

    /** For shell completion. */
    static final class StreamNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return List.of("stdout", "stderr").iterator();
        }
    }

    static final class StreamName implements ITypeConverter<OutputStreamName> {
        @Override
        public OutputStreamName convert(String value) {
            return switch (value.toLowerCase(Locale.ROOT)) {
                case "stdout" -> OutputStreamName.STDOUT;
                case "stderr" -> OutputStreamName.STDERR;
                default -> throw new TypeConversionException("it must be stdout or stderr");
            };
        }
    }
}
