// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.guest.ClockView;
import dev.bellhop.api.v2.guest.SyncTime;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.VmArgument;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "sync-time",
        description = "Set the clock of a VM's guest to its host's. Needs guest:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "For a guest that was paused or restored, and has no NTP.",
            "",
            "Example:",
            "  bellhop sync-time 10000"
        })
final class SyncTimeCommand extends ClientCommand {

    @Option(names = "--from-hardware", description = "Have the guest take the time of its own hardware clock instead.")
    private boolean fromHardware;

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    SyncTimeCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        long vmid = vm.vmid(client);
        ClockView set = client.guest(vmid).syncTime(new SyncTime(fromHardware ? "hardware" : null));
        return print(set, () -> {
            terminal.say("Set the clock of VM " + vmid + told(", which was ", set.differenceBeforeSeconds())
                    + told("; now it is ", set.differenceAfterSeconds()));
            if (Boolean.FALSE.equals(set.hardwareSet())) {
                terminal.say("The clock of its hardware could not be set");
            }
        });
    }

    private static String told(String before, @Nullable Double difference) {
        return difference == null ? "" : before + ahead(difference);
    }

    private static String ahead(double seconds) {
        return String.format(
                Locale.ROOT, "%.3f s %s its host's", Math.abs(seconds), seconds < 0 ? "behind" : "ahead of");
    }
}
