// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.filesystem;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.FileSystemFreeze;
import dev.bellhop.api.v2.vm.FreezeOptions;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.SecondsConverter;
import dev.bellhop.cli.command.VmArgument;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "fsfreeze",
        description = "Freeze the file systems of a VM's guest, as for a snapshot of its disks. They are thawed by"
                + " themselves when the time is over, whatever has died meanwhile. Needs guest:vm.",
        customSynopsis = {
            "bellhop fsfreeze [OPTIONS] VM",
            "       bellhop fsfreeze [OPTIONS] VM -- COMMAND...",
            "       bellhop fsfreeze --status VM"
        },
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "With a COMMAND, freezes, runs it on this machine, and thaws, however it ends. Exit code: the command's own;"
                    + " 124 if the time was over before the command had ended, and so the snapshot is not to be trusted.",
            "",
            "Examples:",
            "  bellhop fsfreeze --seconds 30 10000",
            "  bellhop fsthaw 10000",
            "  bellhop fsfreeze 10000 -- lvcreate --snapshot --name web --size 1G vg/web"
        })
final class FsfreezeCommand extends ClientCommand {
    /** As the server's. */
    private static final int USUAL_SECONDS = 60;

    @Option(
            names = "--seconds",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description = "After how long they are thawed at the latest, 1 to 600 seconds. Default: 60.")
    private @Nullable Integer seconds;

    @Option(
            names = "--mount-point",
            paramLabel = "PATH",
            description = "Freeze this one in the guest alone. Repeatable. Default: all.")
    private @Nullable List<String> mountPoints;

    @Option(names = "--status", description = "Freeze nothing: say whether they are frozen. Needs only read:vm.")
    private boolean status;

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    @Parameters(
            index = "1..*",
            paramLabel = "COMMAND",
            description = "What to run on this machine while they are frozen, after --.")
    private List<String> command = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    FsfreezeCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        if (status && (!command.isEmpty() || seconds != null || mountPoints != null)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--status freezes nothing, so give no COMMAND, --seconds or --mount-point with it");
        }
        long vmid = vm.vmid(client);
        if (status) {
            FileSystemFreeze freeze = client.guest(vmid).fileSystemFreeze();
            return print(freeze, () -> terminal.printLine(FreezeWords.status(freeze)));
        }
        if (!command.isEmpty()) {
            int lease = seconds == null ? USUAL_SECONDS : seconds;
            return new FrozenCommand(context, client, vmid, new FreezeOptions(lease, mountPoints)).run(command);
        }
        FileSystemFreeze frozen = client.guest(vmid).freezeFileSystems(new FreezeOptions(seconds, mountPoints));
        return print(
                frozen,
                () -> terminal.say("Frozen: " + FreezeWords.count(frozen) + ", until " + frozen.expiresAt()
                        + " at the latest; 'bellhop fsthaw " + vmid + "' thaws before"));
    }
}
