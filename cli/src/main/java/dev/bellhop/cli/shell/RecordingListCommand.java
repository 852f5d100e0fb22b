// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.terminal.RecordingView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Paging;
import dev.bellhop.cli.command.PositiveNumberConverter;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.HumanUnits;
import dev.bellhop.cli.terminal.Table;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        description = "List recordings of terminals, newest first. Needs the scope terminal:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A recording has the id of its terminal. STATE is 'recording' while the terminal is open, then 'complete', or"
                    + " 'incomplete' where something is missing.",
            "",
            "Examples:",
            "  bellhop recording list",
            "  bellhop recording list 10000"
        })
final class RecordingListCommand extends ClientCommand {

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            converter = PositiveNumberConverter.class,
            description = "The most to list. Default: 50.")
    private long limit = 50;

    @Parameters(
            arity = "0..1",
            paramLabel = "VM",
            converter = VmArgument.Converter.class,
            description = VmArgument.HELP + " Default: all.")
    private @Nullable VmArgument vm;

    RecordingListCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        Long vmid = vm == null ? null : vm.vmid(client);
        Instant now = context.clock().instant();
        return printList(
                Paging.first(limit, (size, cursor) -> client.recordings().list(vmid, size, cursor)),
                vmid == null ? "There are no recordings" : "There are no recordings of VM " + vmid,
                new Table("ID", "VMID", "STARTED", "LENGTH", "SIZE", "KEY", "STATE"),
                (table, recording) -> table.row(
                        recording.id(),
                        Long.toString(recording.vmid()),
                        recording.startedAt().truncatedTo(ChronoUnit.SECONDS).toString(),
                        length(recording, now),
                        HumanUnits.bytes(recording.bytes()),
                        recording.keyId(),
                        state(recording)));
    }

    private static String length(RecordingView recording, Instant now) {
        Instant end = recording.endedAt() == null ? now : recording.endedAt();
        return HumanUnits.time(
                Math.max(0, Duration.between(recording.startedAt(), end).toSeconds()));
    }

    private static String state(RecordingView recording) {
        Boolean complete = recording.complete();
        return complete == null ? "recording" : complete ? "complete" : "incomplete";
    }
}
