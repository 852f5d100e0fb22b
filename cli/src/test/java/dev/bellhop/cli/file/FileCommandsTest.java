// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.tar.TarMember;
import dev.bellhop.api.tar.TarWriter;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.Processes;
import dev.bellhop.cli.RealServer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands about files, against a real server and a real agent, whose guest is a folder of this machine. */
@Timeout(120)
@Tag("real")
class FileCommandsTest {
    @TempDir
    private Path folder;

    private RealServer real;
    private Path guest;
    private Path here;

    @BeforeEach
    void start() throws Exception {
        real = RealServer.start(folder);
        guest = Files.createDirectory(folder.resolve("guest")).toRealPath();
        here = Files.createDirectory(folder.resolve("here")).toRealPath();
    }

    @AfterEach
    void stop() {
        real.close();
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static void succeeded(Cli.Run run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    private String says(String... words) throws Exception {
        Process copying = real.process(List.of(), words);
        copying.getOutputStream().close();
        String said = Processes.read(copying.getErrorStream());
        assertThat(Processes.exitCode(copying)).as(said).isZero();
        return said;
    }

    /** As the script that starts bellhop says it where standard output is a terminal. */
    @Test
    void whoLooksOnIsToldOnceThatMuchWentByTheSlowerWay() throws Exception {
        String slower = "bellhop: slower: no stream; see 'bellhop doctor 1'\n";
        Path large = Files.write(here.resolve("large"), random(2_000_000));
        Path small = Files.write(here.resolve("small"), random(1000));
        String in = "1:" + guest + "/";
        assertThat(says("cp", large.toString(), in)).isEmpty();
        real.env.put("BELLHOP_COLUMNS", "80");
        assertThat(says("cp", large.toString(), in)).endsWith(slower).containsOnlyOnce("slower");
        assertThat(says("cp", in + "large", large.toString())).endsWith(slower).containsOnlyOnce("slower");
        assertThat(says("cp", "-r", here.toString(), in)).endsWith(slower).containsOnlyOnce("slower");
        assertThat(says("cp", "-r", in + "here", folder.resolve("back").toString()))
                .endsWith(slower)
                .containsOnlyOnce("slower");
        assertThat(says("cp", small.toString(), in)).doesNotContain("slower");
    }

    @Test
    void aFileIsCopiedInAndOutWithItsMode() throws Exception {
        Path file = Files.write(here.resolve("program"), random(300_000));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-x--x"));
        Files.createDirectory(guest.resolve("bin"));

        succeeded(real.run("cp", file.toString(), "1:" + guest.resolve("bin")));
        assertThat(Files.readAllBytes(guest.resolve("bin/program"))).isEqualTo(random(300_000));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(guest.resolve("bin/program"))))
                .isEqualTo("rwxr-x--x");

        succeeded(real.run(
                "cp", "1:" + guest.resolve("bin/program"), here.resolve("back").toString()));
        assertThat(Files.readAllBytes(here.resolve("back"))).isEqualTo(random(300_000));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(here.resolve("back"))))
                .isEqualTo("rwxr-x--x");
        assertThat(names(here)).containsExactly("back", "program");
    }

    private static List<String> names(Path in) throws Exception {
        try (Stream<Path> all = Files.list(in)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void standardInputAndOutputAreCopied() throws Exception {
        succeeded(real.run(RealServer.pipe(random(100_000)), "cp", "-", "1:" + guest.resolve("f")));
        assertThat(Files.readAllBytes(guest.resolve("f"))).isEqualTo(random(100_000));
        Cli.Run out = real.run("cp", "1:" + guest.resolve("f"), "-");
        succeeded(out);
        assertThat(out.outBytes()).isEqualTo(random(100_000));
        assertThat(real.run("cat", "1:" + guest.resolve("f")).outBytes()).isEqualTo(random(100_000));
    }

    @Test
    void aDirectoryIsCopiedBothWays() throws Exception {
        Path tree = Files.createDirectories(here.resolve("tree/a/b"));
        Files.writeString(tree.resolve("deep"), "deep");
        Files.writeString(here.resolve("tree/top"), "top");
        Files.createSymbolicLink(here.resolve("tree/link"), Path.of("top"));

        assertThat(real.run("cp", here.resolve("tree").toString(), "1:" + guest.resolve("copy"))
                        .exitCode())
                .isEqualTo(1);
        Cli.Run sent = real.run("cp", "-r", here.resolve("tree").toString(), "1:" + guest.resolve("copy"));
        succeeded(sent);
        assertThat(sent.err()).isEmpty();
        assertThat(Files.readSymbolicLink(guest.resolve("copy/link"))).isEqualTo(Path.of("top"));
        assertThat(Files.readString(guest.resolve("copy/a/b/deep"))).isEqualTo("deep");

        succeeded(real.run(
                "cp", "-r", "1:" + guest.resolve("copy"), here.resolve("back").toString()));
        assertThat(Files.readString(here.resolve("back/a/b/deep"))).isEqualTo("deep");
        assertThat(names(here.resolve("back"))).containsExactly("a", "link", "top");
        succeeded(real.run("cp", "-r", here.resolve("tree").toString(), "1:" + guest.resolve("copy")));
        assertThat(Files.readString(guest.resolve("copy/tree/top"))).isEqualTo("top");
    }

    private String run(Path in, String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(in.toFile())
                .redirectErrorStream(true)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(process.waitFor()).as(out).isZero();
        return out;
    }

    private static final String LISTED =
            "find . \\( -type l -printf '%P %l\\n' -o -printf '%P %y %m %Ts %n\\n' \\) | sort";

    /** With whatever a tree can have, but for what is left out on its way here. */
    private Path tree(String name) throws Exception {
        Path tree = Files.createDirectory(here.resolve(name));
        run(
                tree,
                "sh",
                "-c",
                "mkdir -p d/empty && echo x >d/f && ln d/f hard && ln -s ../d/f d/l && : >none && truncate -s 5M d/sparse"
                        + " && echo end >>d/sparse && touch \"$(printf 'no\\nutf\\377')\" && mkdir -m 700 private"
                        + " && n=$(printf %0200d 0) && mkdir -p $n/$n && echo deep >$n/$n/f && chmod 751 d/f"
                        + " && find . -exec touch -h -d @1500000000 {} +");
        return tree;
    }

    @Test
    void whateverIsInADirectorySurvivesBothWays() throws Exception {
        Path tree = tree("tree");
        for (String[] options : new String[][] {{"cp", "-r"}, {"cp", "-r", "-z"}}) {
            Path there = guest.resolve("t" + options.length);
            Path back = here.resolve("b" + options.length);
            succeeded(real.run(joined(options, tree.toString(), "1:" + there)));
            assertThat(run(there, "sh", "-c", LISTED)).isEqualTo(run(tree, "sh", "-c", LISTED));
            succeeded(real.run(joined(options, "1:" + there, back.toString())));
            assertThat(run(back, "sh", "-c", LISTED)).isEqualTo(run(tree, "sh", "-c", LISTED));
            run(folder, "diff", "-r", "--no-dereference", tree.toString(), back.toString());
            assertThat(Long.parseLong(run(back, "stat", "-c", "%b", "d/sparse").strip()))
                    .isLessThan(1000);
        }
    }

    private static String[] joined(String[] some, String... more) {
        return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void aTarGoesByStandardInputAndOutput() throws Exception {
        Path tree = tree("tree");
        succeeded(real.run("cp", "-r", tree.toString(), "1:" + guest.resolve("tree")));
        Cli.Run tar = real.run("cp", "1:" + guest.resolve("tree"), "-");
        succeeded(tar);
        assertThat(real.run(RealServer.pipe(tar.outBytes()), "cp", "-", "1:" + guest.resolve("new"))
                        .exitCode())
                .isZero();
        // Which is a file, as without -r and without a directory of that name nothing else is meant.
        assertThat(Files.readAllBytes(guest.resolve("new"))).isEqualTo(tar.outBytes());
        for (String name : new String[] {"new2", "there"}) {
            Path to = guest.resolve(name);
            if (name.equals("there")) {
                Files.createDirectory(to);
                succeeded(real.run(RealServer.pipe(tar.outBytes()), "cp", "-", "1:" + to));
            } else {
                succeeded(real.run(RealServer.pipe(tar.outBytes()), "cp", "-r", "-", "1:" + to));
            }
            run(folder, "diff", "-r", "--no-dereference", tree.toString(), to.toString());
        }
        Cli.Run refused = real.run(RealServer.pipe(random(2000)), "cp", "-r", "-", "1:" + guest.resolve("new3"));
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("Cannot unpack this tar because it is no tar, or broken");
    }

    @Test
    void aMemberThatLeadsOutIsNamedThoughMoreFollows() throws Exception {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(tar);
        for (String name : List.of("first", "../out", "last")) {
            writer.begin(TarMember.file(name.getBytes(StandardCharsets.UTF_8), 0644, 0, 5_120_000));
            writer.write(random(5_120_000), 0, 5_120_000);
            writer.end();
        }
        writer.finish();
        Cli.Run refused = real.run(RealServer.pipe(tar.toByteArray()), "cp", "-r", "-", "1:" + guest.resolve("new"));
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("its member ../out leads out by ..");
        assertThat(names(guest)).containsExactly("new");
    }

    @Test
    void aDirectoryGoesOnAfterTheConnectionBroke() throws Exception {
        Path tree = Files.createDirectory(here.resolve("tree"));
        for (int i = 0; i < 8; i++) {
            Files.write(tree.resolve("f" + i), random(1_000_000 + i));
        }
        try (BreakingRelay relay = new BreakingRelay(real.server.uri().getPort(), 5_000_000, 1)) {
            Cli.Run sent = run(relay, "cp", "-r", tree.toString(), "1:" + guest.resolve("tree"));
            succeeded(sent);
            assertThat(relay.left()).isZero();
            assertThat(sent.err()).contains("trying again");
        }
        run(folder, "diff", "-r", tree.toString(), guest.resolve("tree").toString());
        try (BreakingRelay relay = new BreakingRelay(real.server.uri().getPort(), 5_000_000, 1)) {
            Cli.Run fetched = run(
                    relay,
                    "cp",
                    "-r",
                    "1:" + guest.resolve("tree"),
                    here.resolve("back").toString());
            succeeded(fetched);
            assertThat(relay.left()).isZero();
        }
        run(folder, "diff", "-r", tree.toString(), here.resolve("back").toString());
    }

    @Test
    void aDirectoryIsListedAndAFileShown() throws Exception {
        Path file = Files.writeString(guest.resolve("f"), "hello");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Files.createSymbolicLink(guest.resolve("link"), Path.of("f"));
        run(guest, "sh", "-c", "ln -s \"$(printf 'no\\033utf\\377')\" bytes");
        Files.writeString(guest.resolve("esc\u001b[31m"), "x");

        Cli.Run all = real.run("ls", "1:" + guest);
        succeeded(all);
        assertThat(all.out()).contains("MODE").contains("-0644").contains("5 B").contains("link -> f");
        assertThat(all.out()).contains("bytes -> no<U+001B>utf\uFFFD");
        assertThat(all.out()).doesNotContain("\u001b");
        assertThat(real.run("ls", "1:" + guest.resolve("f")).out())
                .contains(guest.resolve("f").toString());
        assertThat(real.run("ls", "--output", "json", "1:" + guest).out()).contains("\"kind\" : \"symlink\"");
    }

    @Test
    void filesAreRemoved() throws Exception {
        Files.createDirectories(guest.resolve("d/e"));
        Files.writeString(guest.resolve("f"), "x");
        succeeded(real.run("rm", "1:" + guest.resolve("f")));
        assertThat(real.run("rm", "1:" + guest.resolve("d")).exitCode()).isEqualTo(1);
        succeeded(real.run("rm", "-r", "1:" + guest.resolve("d")));
        assertThat(names(guest)).isEmpty();
        Cli.Run gone = real.run("rm", "1:" + guest.resolve("f"));
        assertThat(gone.exitCode()).isEqualTo(1);
        assertThat(gone.err()).contains("Cannot change this file because it is not there");
    }

    @Test
    void whatIsEditedIsSavedUnlessSomebodyElseWasFaster() throws Exception {
        Path file = Files.writeString(guest.resolve("conf"), "old\n");
        real.env.put("EDITOR", "sh -c 'echo new >> \"$1\"' sh");
        succeeded(real.run("edit", "1:" + file));
        assertThat(Files.readString(file)).isEqualTo("old\nnew\n");

        real.env.put("EDITOR", "sh -c 'echo theirs > " + file + "; echo mine >> \"$1\"' sh");
        Cli.Run refused = real.run("edit", "1:" + file);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("somebody has changed it meanwhile").contains("What you wrote is in ");
        assertThat(Files.readString(file)).isEqualTo("theirs\n");
        String kept = refused.err().strip().replaceFirst("(?s).*What you wrote is in ", "");
        assertThat(Files.readString(Path.of(kept))).isEqualTo("old\nnew\nmine\n");
        Files.delete(Path.of(kept));

        real.env.put("EDITOR", "true");
        assertThat(real.run("edit", "1:" + file).err()).contains("Nothing was changed");
    }

    @Test
    void aCommandLineThatMeansNothingIsRefused() {
        assertThat(real.run("cp", "a", "b").err()).contains("exactly one of the two");
        assertThat(real.run("cp", "1:/a", "1:/b").err()).contains("exactly one of the two");
        assertThat(real.run("ls", "/etc").exitCode()).isEqualTo(2);
        assertThat(real.run("cp", here.resolve("none").toString(), "1:" + guest).err())
                .contains("Cannot read");
    }

    @Test
    void aCopyGoesOnWhereTheConnectionBroke() throws Exception {
        byte[] contents = random(20_000_000);
        Path file = Files.write(here.resolve("large"), contents);
        try (BreakingRelay relay = new BreakingRelay(real.server.uri().getPort(), 5_000_000, 2)) {
            Cli.Run sent = run(relay, "cp", file.toString(), "1:" + guest.resolve("large"));
            succeeded(sent);
            assertThat(relay.left()).isZero();
            assertThat(sent.err()).contains("trying again");
        }
        assertThat(Files.mismatch(guest.resolve("large"), file)).isEqualTo(-1);
        assertThat(names(guest)).containsExactly("large");

        try (BreakingRelay relay = new BreakingRelay(real.server.uri().getPort(), 5_000_000, 2)) {
            succeeded(run(
                    relay,
                    "cp",
                    "1:" + guest.resolve("large"),
                    here.resolve("back").toString()));
            assertThat(relay.left()).isZero();
        }
        assertThat(Files.mismatch(here.resolve("back"), file)).isEqualTo(-1);
        assertThat(names(here)).containsExactly("back", "large");
    }

    /** A copy takes as long as it takes: only the time in which nothing gets through counts. */
    @Test
    @Tag("full")
    void aCopyGoesOnHoweverLongItTookUntilTheConnectionBroke() throws Exception {
        Path file = Files.write(here.resolve("large"), random(20_000_000));
        Files.createDirectory(here.resolve("tree"));
        Path member = Files.write(here.resolve("tree/large"), random(20_000_000));
        String[][] copies = {
            {"cp", file.toString(), "1:" + guest.resolve("large")},
            {"cp", "1:" + guest.resolve("large"), here.resolve("back").toString()},
            {"cp", "-r", here.resolve("tree").toString(), "1:" + guest.resolve("tree")},
            {"cp", "-r", "1:" + guest.resolve("tree"), here.resolve("backs").toString()},
        };
        for (String[] copy : copies) {
            // Of a file in a tree nothing is kept that has not come whole: a second attempt gets no further.
            int times = copy.length == 3 ? 2 : 1;
            try (BreakingRelay relay =
                    new BreakingRelay(real.server.uri().getPort(), 5_000_000, times, Duration.ofSeconds(3))) {
                Cli.Run run = run(relay, Duration.ofSeconds(2), copy);
                succeeded(run);
                assertThat(relay.left()).isZero();
                assertThat(run.err()).contains("trying again for 2 s");
            }
        }
        assertThat(Files.mismatch(here.resolve("back"), file)).isEqualTo(-1);
        assertThat(Files.mismatch(here.resolve("backs/large"), member)).isEqualTo(-1);
    }

    private Cli.Run run(BreakingRelay relay, String... args) {
        return run(relay, Duration.ofSeconds(30), args);
    }

    private Cli.Run run(BreakingRelay relay, Duration reconnectTimeout, String... args) {
        Map<String, String> env = new HashMap<>(real.env);
        env.put("BELLHOP_URL", "http://127.0.0.1:" + relay.port());
        return Cli.run(env, Cli.TERMINAL, Duration.ofSeconds(30), reconnectTimeout, args);
    }

    @Test
    void theTextOfAFileIsPrintedAsItIs() throws Exception {
        Files.writeString(guest.resolve("f"), "line\n", StandardCharsets.UTF_8);
        assertThat(real.run("cat", "1:" + guest.resolve("f")).out()).isEqualTo("line\n");
        assertThat(real.run("cat", "1:" + guest.resolve("none")).err())
                .contains("Cannot read this file because it is not there");
    }
}
