// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.filesystem;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.FileSystemTrim;
import dev.bellhop.api.v2.vm.TrimOptions;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.HumanUnits;
import dev.bellhop.cli.terminal.Table;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "fstrim",
        description = "Have the file systems of a VM's guest tell their disks what is not in use, and wait for that."
                + " Needs guest:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Exit codes: 0 if at least one file system was trimmed, else 1.",
            "",
            "Examples:",
            "  bellhop fstrim 10000",
            "  bellhop fstrim 10000 --minimum 1048576"
        })
final class FstrimCommand extends ClientCommand {

    @Option(
            names = "--minimum",
            paramLabel = "BYTES",
            description = "Leave alone free ranges that are shorter. Default: 0.")
    private @Nullable Long minimum;

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    FstrimCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        FileSystemTrim trim = client.guest(vm.vmid(client)).trimFileSystems(new TrimOptions(minimum));
        print(trim, () -> {
            Table table = new Table("MOUNT POINT", "TRIMMED", "ERROR").optional("ERROR");
            trim.fileSystems().forEach(each -> table.row(each.mountPoint(), trimmed(each), or(each.error())));
            table.print(terminal);
            if (trim.cut()) {
                terminal.say("There are more file systems than these");
            }
        });
        return trim.fileSystems().stream().anyMatch(each -> each.error() == null) ? ExitCodes.OK : ExitCodes.FAILED;
    }

    private static String trimmed(FileSystemTrim.Trimmed each) {
        return each.trimmedBytes() == null ? "-" : HumanUnits.bytes(each.trimmedBytes());
    }

    private static String or(@Nullable String text) {
        return text == null ? "-" : text;
    }
}
