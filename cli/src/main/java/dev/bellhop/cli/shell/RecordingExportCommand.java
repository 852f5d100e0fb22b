// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.v2.terminal.RecordingView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "export",
        description = "Write the recording of a terminal to a file, as an asciicast. Needs the scope terminal:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "asciinema and other programs play it. With --raw its SHA-256 is the one in the audit trail, unless the"
                    + " terminal is still open; that is checked.",
            "",
            "Examples:",
            "  bellhop recording export 019c1379-5a10-7cc3-8d25-6f1f7f3f2c21 web.cast",
            "  bellhop recording export --raw $id | gzip > web.cast.gz",
            "  bellhop recording export --asciicast 2 $id web.cast && asciinema play web.cast"
        })
final class RecordingExportCommand extends ClientCommand {
    private static final int NEWEST = 3;
    private static final int OLDEST = 2;
    private static final int BUFFER_BYTES = 64 << 10;

    @Option(
            names = "--raw",
            description = "As it was recorded: unmasked, and with what was typed. Also needs the scope read:raw.")
    private boolean raw;

    @Option(
            names = "--asciicast",
            paramLabel = "VERSION",
            description = "The version of the format: 3, or 2 for older players such as asciinema 2. Default: 3.")
    private int version = NEWEST;

    @Option(names = "--force", description = "Replace the file if there is one.")
    private boolean force;

    @Parameters(index = "0", paramLabel = "ID", description = "The id of the terminal, from 'bellhop recording list'.")
    private String id = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "FILE", description = "Default: standard output.")
    private @Nullable Path file;

    RecordingExportCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        if (version < OLDEST || version > NEWEST) {
            throw new CliException("Cannot write an asciicast of version " + version + "; use 2 or 3");
        }
        if (file != null && !force && Files.exists(file)) {
            throw exists(file);
        }
        RecordingView recording = client.recordings().get(id);
        try (InputStream cast = client.recordings().read(recording.vmid(), recording.id(), raw)) {
            String hash = file == null
                    ? copy(cast, bytes -> terminal.write(OutputStreamName.STDOUT, bytes))
                    : toFile(cast, file);
            if (raw && recording.sha256() != null && !recording.sha256().equals(hash) && !terminal.isUnread()) {
                throw new CliException("Cannot vouch for this recording because its SHA-256 is " + hash
                        + ", and that of the one that was made is " + recording.sha256());
            }
        } catch (IOException e) {
            throw new CliException("Cannot export the recording: " + e.getMessage());
        }
        if (Boolean.FALSE.equals(recording.complete())) {
            terminal.say("something is missing in this recording");
        } else if (recording.endedAt() == null) {
            terminal.say("the terminal is still open, and the recording goes on");
        }
        return ExitCodes.OK;
    }

    private static CliException exists(Path file) {
        return new CliException("Cannot write " + file + " because it is there already; --force replaces it");
    }

    /** All of it, or nothing, under the name. */
    private String toFile(InputStream cast, Path target) throws IOException {
        Path part = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            String hash;
            // It may hold what was typed.
            Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (OutputStream out = Files.newOutputStream(part)) {
                hash = copy(cast, out::write);
            }
            if (force) {
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            } else {
                Files.move(part, target);
            }
            return hash;
        } catch (FileAlreadyExistsException e) {
            throw exists(target);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Says the SHA-256 of what was copied. */
    private String copy(InputStream cast, OlderCast.Target out) throws IOException {
        OlderCast.Target target = version == NEWEST ? out : new OlderCast(out)::write;
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = cast.read(buffer); count >= 0 && !terminal.isUnread(); count = cast.read(buffer)) {
            digest.update(buffer, 0, count);
            target.write(Arrays.copyOf(buffer, count));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
