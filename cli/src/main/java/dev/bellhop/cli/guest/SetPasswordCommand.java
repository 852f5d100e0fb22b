// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.guest.SetPassword;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "set-password",
        description = "Set the password of a user of a VM's guest. Needs guest:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Asks for the password twice and shows none of it. It is never an argument, which every user of this machine",
            "could read.",
            "",
            "Examples:",
            "  bellhop set-password 10000",
            "  pwgen -s 24 1 | bellhop set-password 10000 deploy --stdin",
            "  mkpasswd -m yescrypt | bellhop set-password 10000 deploy --crypted --stdin"
        })
final class SetPasswordCommand extends ClientCommand {

    private final PasswordPrompt prompt;

    @Option(names = "--stdin", description = "Read the password from standard input: one line.")
    private boolean fromStdin;

    @Option(names = "--crypted", description = "It is what crypt(3) makes of a password, such as $y$...")
    private boolean crypted;

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "USER",
            defaultValue = "root",
            description = "The user in the guest. Default: root.")
    private String user = "root";

    SetPasswordCommand(CliContext context, ClientOptions global) {
        super(context, global);
        this.prompt = PasswordPrompt.of(context);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        long vmid = vm.vmid(client);
        String what = (crypted ? "Hash of the new password" : "New password") + " of " + Printable.line(user)
                + " in VM " + vmid;
        String password = fromStdin ? prompt.fromStdin() : prompt.twice(what);
        client.guest(vmid).setPassword(new SetPassword(user, password, crypted ? true : null));
        terminal.say("Set the password of " + Printable.line(user) + " in VM " + vmid);
        return ExitCodes.OK;
    }
}
