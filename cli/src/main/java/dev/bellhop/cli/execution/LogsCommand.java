// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputChunk;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.query.EventsQuery;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.TimeArgument;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "logs",
        description = "Print what a command has written, or follow it to its end.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        exitCodeOnInvalidInput = ExitCodes.ERROR,
        exitCodeOnExecutionException = ExitCodes.ERROR,
        footer = {
            "",
            "The command's stdout goes to stdout and its stderr to stderr, byte for byte. You can read output as often"
                    + " as you like, as long as the server keeps it.",
            "",
            "Times are those at which the server read output from the guest, a moment after the command wrote it: more"
                    + " while the server was away, and in mode direct when the command ended.",
            "",
            "Exit codes: with -f those of 'bellhop exec'. Without it 0 if all output is printed; 125 if some is missing,"
                    + " because the command wrote more than the server keeps, or may be, because nobody knows how it ended;"
                    + " 255 if nothing can be read. Standard error then says why. Ctrl-C ends the following, not the"
                    + " command.",
            "",
            "Examples:",
            "  bellhop logs -f @last",
            "  bellhop logs --tail 20 @last",
            "  bellhop logs -t --since 10m @last",
            "  bellhop logs --stream stderr 019c1379-5a10"
        })
final class LogsCommand extends ClientCommand {

    private static final int MAX_CHUNK_BYTES = 1 << 20;
    private static final Duration NO_WAIT = Duration.ofMillis(1);

    @Option(
            names = {"-f", "--follow"},
            description = "Go on until the command ends, and exit as it exits.")
    private boolean follow;

    @Option(names = "--stream", paramLabel = "STREAM", description = "stdout or stderr. Default: both.")
    private @Nullable OutputStreamName stream;

    @Option(
            names = {"-n", "--tail"},
            paramLabel = "NUMBER",
            description = "Only the last NUMBER lines of each stream; with -f also what follows. Default: all.")
    private @Nullable Integer tail;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = TimeArgument.Converter.class,
            description = "Only what was read at or after this time: 2026-01-31T09:30:00Z, or 10m for ten minutes ago."
                    + " Default: all.")
    private @Nullable TimeArgument since;

    @Option(
            names = {"-t", "--timestamps"},
            description = "Put the time in front of each line, in UTC.")
    private boolean timestamps;

    @Option(names = "--raw", description = "Do not mask secrets. Needs the scope read:raw; the audit trail records it.")
    private boolean raw;

    @Parameters(paramLabel = "ID", description = ExecutionIds.HELP)
    private String given = "";

    LogsCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        if (tail != null && tail < 0) {
            throw new CliException("Cannot print fewer than 0 lines");
        }
        try {
            String id = new ExecutionIds(client, options).find(given);
            // Only a stream of events tells when output was read.
            return follow || ((timestamps || since != null) && !options.json())
                    ? stream(client, id)
                    : print(client, id);
        } catch (IOException e) {
            throw new CliException("Cannot write the output: " + e.getMessage());
        }
    }

    private int stream(BellhopClient client, String id) throws IOException, InterruptedException {
        Map<OutputStreamName, Long> skipped = new EnumMap<>(OutputStreamName.class);
        if (tail != null) {
            ExecutionView now = client.executions().get(id, Duration.ZERO);
            for (OutputStreamName each : OutputStreamName.values()) {
                skipped.put(each, start(client, now, each));
            }
        }
        ReceivedOutput received = received();
        LineTimes times = new LineTimes();
        Set<OutputStreamName> begun = EnumSet.noneOf(OutputStreamName.class);
        OutputFollower.Sink sink = piece -> {
            OutputStreamName from = piece.stream();
            byte[] bytes = piece.bytes();
            if (since != null && begun.add(from)) {
                received.add(from, piece.offset());
            }
            received.add(from, bytes.length);
            int skip = Math.clamp(skipped.getOrDefault(from, 0L) - piece.offset(), 0, bytes.length);
            byte[] wanted = skip == 0 ? bytes : Arrays.copyOfRange(bytes, skip, bytes.length);
            return write(from, timestamps ? times.add(from, wanted, piece.readAt()) : wanted);
        };
        EventsQuery query = new EventsQuery(
                raw,
                timestamps,
                since == null ? null : since.instant(context.clock().instant()),
                follow);
        ExecutionView end = new OutputFollower(client, context, sink, state -> {}, query).follow(id);
        if (since != null) {
            // Of a stream that had nothing since then, nothing is missing.
            EnumSet.complementOf(EnumSet.copyOf(begun)).forEach(from -> received.add(from, bytes(end, from)));
        }
        if (times.wasUnknown()) {
            terminal.say("Lines with \"-\" have no time, because an older version of the server read them");
        }
        if (!end.ended()) {
            return 0; // Nobody reads on.
        }
        if (!follow) {
            return isIncomplete(end, received) ? ExitCodes.OUTPUT_INCOMPLETE : 0;
        }
        if (options.json()) {
            terminal.json(client.executions().get(id, NO_WAIT, raw));
        }
        ExitStatus status = new ExitStatus(terminal);
        return terminal.isUnread() ? status.report(end) : status.report(end, received);
    }

    private ReceivedOutput received() {
        return stream == null ? new ReceivedOutput() : new ReceivedOutput(List.of(stream));
    }

    private boolean write(OutputStreamName from, byte[] bytes) throws IOException {
        if (!options.json() && (stream == null || stream == from)) {
            terminal.write(from, bytes);
        }
        return !terminal.isUnread();
    }

    private int print(BellhopClient client, String id) throws IOException, InterruptedException {
        ExecutionView execution = client.executions().get(id, NO_WAIT, raw && options.json());
        if (options.json()) {
            terminal.json(execution);
            return 0;
        }
        ReceivedOutput received = received();
        // As much as there is now: a command that goes on writing would be read on for ever.
        if (stream != OutputStreamName.STDERR) {
            print(client, execution, OutputStreamName.STDOUT, received);
        }
        if (stream != OutputStreamName.STDOUT) {
            print(client, execution, OutputStreamName.STDERR, received);
        }
        // Of one that has not ended, what may yet turn out a secret is held back.
        return execution.ended() && isIncomplete(execution, received) ? ExitCodes.OUTPUT_INCOMPLETE : 0;
    }

    private boolean isIncomplete(ExecutionView end, ReceivedOutput received) {
        return !terminal.isUnread() && new ExitStatus(terminal).sayIfOutputIsMissing(end, received);
    }

    /** Prints what there is; what is missing shows in the end. */
    private void print(BellhopClient client, ExecutionView execution, OutputStreamName from, ReceivedOutput received)
            throws IOException, InterruptedException {
        String id = execution.id();
        long end = bytes(execution, from);
        long offset = start(client, execution, from);
        received.add(from, offset);
        while (offset < end && !terminal.isUnread()) {
            OutputChunk chunk;
            try {
                chunk = client.executions()
                        .output(id, from, offset, (int) Math.min(MAX_CHUNK_BYTES, end - offset), raw);
            } catch (BellhopApiException e) {
                if (!OutputTail.isRemoved(e)) {
                    throw e;
                }
                break;
            }
            terminal.write(from, chunk.bytes());
            received.add(from, chunk.bytes().length);
            if (chunk.nextOffset() <= offset) {
                break;
            }
            offset = chunk.nextOffset();
        }
    }

    /** Where what is wanted begins. */
    private long start(BellhopClient client, ExecutionView execution, OutputStreamName from)
            throws InterruptedException {
        return tail == null ? 0 : new OutputTail(client, execution.id(), raw).start(from, bytes(execution, from), tail);
    }

    private static long bytes(ExecutionView execution, OutputStreamName from) {
        Long bytes = from == OutputStreamName.STDOUT ? execution.stdoutBytes() : execution.stderrBytes();
        return bytes == null ? 0 : bytes;
    }
}
