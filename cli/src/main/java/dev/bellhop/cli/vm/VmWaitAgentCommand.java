// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.AvailabilityView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.command.SecondsConverter;
import dev.bellhop.cli.command.VmArgument;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "wait-agent",
        description = "Wait until a VM can run commands.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Standard error says what it waits for, each reason once.",
            "",
            "Exit codes: 0 the VM can run commands; 1 the time is up.",
            "",
            "Example:",
            "  bellhop vm wait-agent 10000 --timeout 2m && bellhop exec 10000 uptime"
        })
final class VmWaitAgentCommand extends ClientCommand {

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            defaultValue = "5m",
            description = "How long to wait, such as 30s; 0 for not at all. Default: 5m.")
    private int timeout;

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    VmWaitAgentCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        Retries retries = new Retries(context);
        long vmid = retries.run(() -> vm.vmid(client));
        AvailabilityView found = await(client, retries, vmid);
        print(found, () -> {});
        if (found.runsCommands()) {
            return ExitCodes.OK;
        }
        terminal.say("VM " + vmid + " runs no commands after " + timeout + " s: " + found.reason());
        return ExitCodes.FAILED;
    }

    private AvailabilityView await(BellhopClient client, Retries retries, long vmid) throws InterruptedException {
        long begun = System.nanoTime();
        AvailabilityView found = retries.run(() -> client.vms().awaitAvailability(vmid, null, Duration.ZERO));
        Set<String> said = new HashSet<>();
        while (!found.runsCommands()) {
            Duration left = Duration.ofSeconds(timeout).minusNanos(System.nanoTime() - begun);
            if (!left.isPositive()) {
                break;
            }
            if (said.add(found.availability())) {
                terminal.say("Waiting for VM " + vmid + ": " + found.reason());
            }
            Duration wait = left.compareTo(BellhopClient.MAX_WAIT) < 0 ? left : BellhopClient.MAX_WAIT;
            String known = found.availability();
            found = retries.run(() -> client.vms().awaitAvailability(vmid, known, wait));
        }
        return found;
    }
}
