// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.forward;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.Printable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "forward",
        description = "Have ports of this machine lead to what a VM can connect to.",
        customSynopsis = "bellhop forward [OPTIONS] VM [LOCALADDR:]LOCALPORT:HOST:PORT…",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Each connection to the port here becomes one that the guest makes to HOST and PORT: to its own localhost, or to"
                    + " what its network and the key's policy allow. Runs until Ctrl-C, which ends the connections, too.",
            "",
            "Needs a key with the scope forward:vm, and perl or python3 in the guest.",
            "",
            "Examples:",
            "  bellhop forward 10000 5432:localhost:5432",
            "  bellhop forward web 8080:localhost:80 8443:localhost:443",
            "  bellhop forward web 0:localhost:22"
        })
final class ForwardCommand extends ClientCommand {
    private static final int BACKLOG = 50;

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "PORTS",
            converter = ForwardSpec.Converter.class,
            description = {
                ForwardSpec.FORM + ", as of 'ssh -L'.",
                "LOCALADDR: where to listen. Default: 127.0.0.1, so that nobody but users of this machine can connect.",
                "LOCALPORT: 0 for any that is free.",
                "HOST: as the guest knows it."
            })
    private List<ForwardSpec> ports = List.of();

    ForwardCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        long vmid = vm.vmid(client);
        List<ServerSocket> listening = new ArrayList<>();
        try {
            for (ForwardSpec each : ports) {
                listening.add(listen(each));
            }
            for (int i = 0; i < ports.size(); i++) {
                ForwardSpec spec = ports.get(i);
                ServerSocket from = listening.get(i);
                terminal.say(text(from) + " leads to " + Printable.line(spec.target()) + " in VM " + vmid);
                ForwardedPort port = new ForwardedPort(client, terminal, vmid, spec);
                Thread.ofVirtual().name("forward").start(() -> port.serve(from));
            }
            terminal.flush();
            // Until Ctrl-C ends the process.
            new CountDownLatch(1).await();
            return 0;
        } finally {
            listening.forEach(ForwardCommand::close);
        }
    }

    private static ServerSocket listen(ForwardSpec spec) {
        String address = spec.address();
        try {
            InetAddress at = address == null ? InetAddress.ofLiteral("127.0.0.1") : InetAddress.getByName(address);
            ServerSocket socket = new ServerSocket();
            try {
                socket.bind(new InetSocketAddress(at, spec.localPort()), BACKLOG);
                return socket;
            } catch (IOException e) {
                close(socket);
                throw e;
            }
        } catch (UnknownHostException e) {
            throw new CliException("Cannot listen on " + Printable.line(String.valueOf(address))
                    + " because it is no address of this machine");
        } catch (IOException e) {
            throw new CliException("Cannot listen on port " + spec.localPort() + " because "
                    + Printable.line(String.valueOf(e.getMessage())) + "; take another one, or 0 for any that is free");
        }
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // The process ends.
        }
    }

    private static String text(ServerSocket socket) {
        String address = socket.getInetAddress().getHostAddress();
        return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + socket.getLocalPort();
    }
}
