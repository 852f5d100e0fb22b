// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopApiException;
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
            "Exit codes: with -f those of 'bellhop exec'. Without it 0 once all that was written is printed; 125 where some"
                    + " of it is missing, since the command wrote more than is kept, or may be, since nobody knows how it ended;"
                    + " 255 where nothing can be read."
                    + " Standard error then says why. Ctrl-C ends the following, not the command.",
            "",
            "Examples:",
            "  bellhop logs -f 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01",
            "  bellhop logs --stream stderr 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01"
        })
final class LogsCommand implements Callable<Integer> {

    private static final int CHUNK_BYTES = 1 << 20;
    private static final int NOT_FOUND = 404;
    private static final int NO_SUCH_RANGE = 416;
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
        Received received = received();
        LiveOutput.Sink sink = (from, bytes) -> {
            received.add(from, bytes.length);
            return write(from, bytes);
        };
        ExecutionView end = new LiveOutput(client, context, sink, state -> {}, raw).follow(id);
        if (!end.ended()) {
            return 0; // Nobody reads on.
        }
        if (options.json()) {
            context.terminal().json(client.execution(id, AT_ONCE, raw));
        }
        return context.terminal().isUnread() ? outcome.tell(end) : outcome.tell(end, received);
    }

    private Received received() {
        return stream == null ? new Received() : new Received(List.of(stream));
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
        Received received = received();
        // As much as there is now: a command that goes on writing would be read on for ever.
        if (stream != OutputStreamName.STDERR) {
            print(client, OutputStreamName.STDOUT, execution.stdoutBytes(), received);
        }
        if (stream != OutputStreamName.STDOUT) {
            print(client, OutputStreamName.STDERR, execution.stderrBytes(), received);
        }
        // Of one that has not ended, what may yet turn out a secret is held back.
        return execution.ended()
                        && !context.terminal().isUnread()
                        && new Outcome(context.terminal()).sayWhatIsMissing(execution, received)
                ? Outcome.EXIT_INCOMPLETE
                : 0;
    }

    /** Prints what there is; what is missing shows in the end. */
    private void print(BellhopClient client, OutputStreamName from, @Nullable Long bytes, Received received)
            throws IOException, InterruptedException {
        long end = bytes == null ? 0 : bytes;
        long offset = 0;
        while (offset < end && !context.terminal().isUnread()) {
            OutputChunk chunk;
            try {
                chunk = client.output(id, from, offset, (int) Math.min(CHUNK_BYTES, end - offset), raw);
            } catch (BellhopApiException e) {
                if (e.status() != NOT_FOUND && e.status() != NO_SUCH_RANGE) {
                    throw e;
                }
                break;
            }
            context.terminal().write(from, chunk.bytes());
            received.add(from, chunk.bytes().length);
            if (chunk.nextOffset() <= offset) {
                break;
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
