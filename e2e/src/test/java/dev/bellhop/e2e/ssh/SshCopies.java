// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.LargeFile;
import dev.bellhop.e2e.support.ProcessUsage;
import dev.bellhop.e2e.support.SshAccess;
import dev.bellhop.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One large file into a VM and out of it again, by programs that copy over SSH. */
final class SshCopies {
    private static final long SIZE = 64L << 20;
    private static final Duration TIMEOUT = Duration.ofMinutes(30);

    /** What the server may use of memory at the most, however large the file is. */
    private static final long MAX_RESIDENT_KIB = 512 << 10;

    /** Of rsync that finds the file there. */
    private static final long ALMOST_NOTHING = 2_000;

    private final SshAccess access;
    private final E2eServer server;
    private final String vm;
    private final Path folder;

    /** @param folder an empty one */
    SshCopies(SshAccess access, E2eServer server, String vm, Path folder) {
        this.access = access;
        this.server = server;
        this.vm = vm;
        this.folder = folder;
    }

    /** @param there a folder of the guest's */
    void thereAndBack(String program, String there) throws Exception {
        Path sent = LargeFile.make(folder.resolve("sent"), SIZE);
        String digest = LargeFile.digest(sent);
        String remote = there + "/file";
        copy("into the VM", program, sent.toString(), vm + ":" + remote);
        assertThat(ssh("sha256sum <" + remote)).startsWith(digest + " ");
        Path back = folder.resolve("back");
        copy("out of the VM", program, vm + ":" + remote, back.toString());
        assertThat(LargeFile.digest(back)).isEqualTo(digest);
        if (program.equals("rsync")) {
            assertNothingIsSent(copy("into the VM again", program, sent.toString(), vm + ":" + remote));
            assertNothingIsSent(copy("out of the VM again", program, vm + ":" + remote, back.toString()));
        }
        ssh("rm " + remote);
        Files.delete(back);
    }

    private String ssh(String command) throws IOException, InterruptedException {
        return run(access.ssh(vm, command));
    }

    private String run(List<String> command) throws IOException, InterruptedException {
        return Checkout.run(folder, Map.of("LC_ALL", "C"), command, TIMEOUT).succeeded();
    }

    private String copy(String what, String program, String from, String to) throws Exception {
        ProcessUsage before = ProcessUsage.of(server.pid());
        long begin = System.nanoTime();
        String said = run(command(program, from, to));
        double seconds = (System.nanoTime() - begin) / 1e9;
        ProcessUsage after = ProcessUsage.of(server.pid());
        System.out.printf(
                "%s %s: %d MiB in %.1f s, resident %d MiB before and %d MiB after, peak %d MiB, processor %.1f s%n",
                program,
                what,
                SIZE >> 20,
                seconds,
                before.residentKib() >> 10,
                after.residentKib() >> 10,
                after.peakKib() >> 10,
                after.processor().minus(before.processor()).toMillis() / 1e3);
        assertThat(after.peakKib()).isLessThan(MAX_RESIDENT_KIB);
        return said;
    }

    private List<String> command(String program, String from, String to) throws IOException {
        String config = access.config().toString();
        return switch (program) {
            case "scp" -> List.of("scp", "-q", "-F", config, from, to);
            case "rsync" -> List.of("rsync", "-t", "--stats", "-e", "ssh -F " + config, from, to);
            case "sftp" -> {
                boolean up = to.startsWith(vm);
                String line = (up ? "put " : "get ") + from.replaceFirst("^" + vm + ":", "") + " "
                        + to.replaceFirst("^" + vm + ":", "");
                Path batch = Files.writeString(folder.resolve("batch"), line + "\n");
                yield List.of("sftp", "-q", "-F", config, "-b", batch.toString(), vm);
            }
            default -> throw new IllegalArgumentException(program);
        };
    }

    private static void assertNothingIsSent(String stats) {
        for (String way : List.of("sent", "received")) {
            Matcher line = Pattern.compile("^Total bytes " + way + ": ([0-9,]+)", Pattern.MULTILINE)
                    .matcher(stats);
            assertThat(line.find()).as(stats).isTrue();
            assertThat(Long.parseLong(line.group(1).replace(",", ""))).isLessThan(ALMOST_NOTHING);
        }
    }
}
