// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.guest.AddAuthorizedKey;
import dev.bellhop.api.v2.guest.AuthorizedKeyView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.SecondsConverter;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "add",
        description = "Have a VM's guest accept an SSH key for a user. Needs guest:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A key that is there already is not added twice; its expiry may be another than before.",
            "",
            "Examples:",
            "  bellhop authorized-key add 10000 ~/.ssh/id_ed25519.pub",
            "  bellhop authorized-key add 10000 --user deploy --expires-in 7d ada.pub"
        })
final class AuthorizedKeyAddCommand extends ClientCommand {

    /** Larger than any file .pub. */
    private static final int MAX_BYTES = 64 << 10;

    @Mixin
    private final GuestUserOption user = new GuestUserOption();

    @Option(
            names = "--expires-in",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description = "For how long the guest accepts it, such as 12h or 7d. Default: until it is removed.")
    private @Nullable Integer expiresIn;

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    @Parameters(
            index = "1",
            paramLabel = "FILE",
            description = "The file with the public key, or - for standard input.")
    private Path file = Path.of("-");

    AuthorizedKeyAddCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        String key = key();
        long vmid = vm.vmid(client);
        String expiresAt = expiresIn == null
                ? null
                : context.clock().instant().plusSeconds(expiresIn).toString();
        AuthorizedKeyView added =
                client.guest(vmid).addAuthorizedKey(new AddAuthorizedKey(user.name(), key, expiresAt));
        return print(
                added,
                () -> terminal.say("VM " + vmid + " accepts " + added.fingerprint() + " for "
                        + Printable.line(user.name())
                        + (added.expiresAt() == null ? "" : " until " + added.expiresAt())));
    }

    /** The one line of the file that is not empty. A private key, given by mistake, is not sent. */
    private String key() {
        List<String> lines = text().lines().filter(line -> !line.isBlank()).toList();
        if (lines.size() != 1 || lines.getFirst().startsWith("-----")) {
            throw new CliException("Cannot add the key because " + file
                    + " is not one line, as a public key is; its name usually ends in .pub");
        }
        return lines.getFirst();
    }

    private String text() {
        try (InputStream in = file.toString().equals("-") ? context.stdin().bytes() : Files.newInputStream(file)) {
            return new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new CliException("Cannot read the key from " + file);
        }
    }
}
