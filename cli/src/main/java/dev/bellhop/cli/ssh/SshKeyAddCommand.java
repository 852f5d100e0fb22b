// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.RegisterSshKey;
import dev.bellhop.api.v2.admin.SshKeyProof;
import dev.bellhop.api.v2.admin.SshKeyView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.terminal.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "add",
        description = "Have a public SSH key stand for an API key. Needs admin:account.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Whoever has its private half may then do all that the API key may. A key that is there already is not added"
                    + " twice; its label and its expiry may be others than before.",
            "",
            "Examples:",
            "  bellhop ssh-key add",
            "  bellhop ssh-key add --for 4b1d7c09e2aa --expires-in-days 90 ada.pub",
            "  bellhop ssh-key add --for 4b1d7c09e2aa --principal dev ca.pub",
            "  bellhop ssh-key add --for 4b1d7c09e2aa --principal dev --prove ca.pub"
        })
final class SshKeyAddCommand extends ClientCommand {

    /** Larger than any file .pub. */
    private static final int MAX_BYTES = 64 << 10;

    private static final List<String> USUAL = List.of("id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub");

    @Mixin
    private final ApiKeyOption apiKey = new ApiKeyOption();

    @Option(
            names = "--principal",
            paramLabel = "NAME",
            description =
                    "FILE is the public key of a CA: whoever has a certificate that it signed for NAME (ssh-keygen -n)"
                            + " logs in. Repeatable.")
    private List<String> principals = List.of();

    @Option(
            names = "--prove",
            description =
                    "Prove with ssh-keygen that you have the private half, which is beside FILE or in the agent. This"
                            + " takes the SSH key from any other API key; with --principal, it takes a CA from other"
                            + " accounts. Not with -.")
    private boolean prove;

    @Option(names = "--label", paramLabel = "TEXT", description = "For people. Default: the comment of the key.")
    private @Nullable String label;

    @Option(
            names = "--expires-in-days",
            paramLabel = "DAYS",
            description = "For how long it stands for the API key, 1 to 3650. Default: as long as that is valid.")
    private @Nullable Integer expiresInDays;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description =
                    "The file with the public key, or - for standard input. Default: the first there is of id_ed25519,"
                            + " id_ecdsa and id_rsa, with .pub, in ~/.ssh.")
    private @Nullable Path file;

    SshKeyAddCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        String keyId = apiKey.id(options);
        List<String> ofAuthority = principals.isEmpty() ? null : principals;
        Path from = file == null ? usual() : file;
        if (prove && from.toString().equals("-")) {
            throw new CliException("Cannot prove a key that is read from standard input; name its file");
        }
        SshKeyView added = client.sshKeys()
                .register(
                        keyId,
                        new RegisterSshKey(
                                key(from), ofAuthority, proof(keyId, ofAuthority, from), label, expiresInDays));
        return print(
                added,
                () -> terminal.say("SSH key " + added.id() + ", " + added.fingerprint() + ", stands for API key "
                        + Printable.line(keyId)
                        + (added.principals() == null
                                ? ""
                                : " for certificates of " + Printable.line(String.join(", ", added.principals())))
                        + (added.expiresAt() == null ? "" : " until " + added.expiresAt())));
    }

    /** Absent without {@code --prove}. */
    private @Nullable SshKeyProof proof(String keyId, @Nullable List<String> ofAuthority, Path from)
            throws InterruptedException {
        if (!prove) {
            return null;
        }
        Instant now = context.clock().instant().truncatedTo(ChronoUnit.SECONDS);
        String statement = SshKeyProof.statement(keyId, ofAuthority, now);
        return new SshKeyProof(now, KeySigner.sign(from, SshKeyProof.NAMESPACE, statement));
    }

    private Path usual() {
        Path folder = Path.of(context.env("HOME", System.getProperty("user.home", "")), ".ssh");
        return USUAL.stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new CliException("Cannot find a public key in " + folder + ": there is none of "
                        + String.join(", ", USUAL) + "; name its file, or make one: ssh-keygen -t ed25519"));
    }

    /** The one line of a file that has anything but a remark. A private key, given by mistake, is not sent. */
    private String key(Path from) {
        String text = text(from);
        if (text.contains("PRIVATE KEY") || text.contains("PuTTY-User-Key-File")) {
            throw new CliException(
                    "Cannot add " + from + " because it is a private key, which nobody but its owner is to"
                            + " have; nothing of it was sent. The public key's file ends in .pub");
        }
        List<String> lines = text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        if (lines.size() != 1) {
            throw new CliException("Cannot add " + from + " because it is not one line, as a public key is; its name"
                    + " usually ends in .pub");
        }
        return lines.getFirst();
    }

    private String text(Path from) {
        try (InputStream in = from.toString().equals("-") ? context.stdin().bytes() : Files.newInputStream(from)) {
            return new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new CliException("Cannot read the key from " + from);
        }
    }
}
