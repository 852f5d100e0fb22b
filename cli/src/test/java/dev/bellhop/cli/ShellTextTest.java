// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The proof of quoting is a real shell: what a program gets must be what was typed. */
class ShellTextTest {

    @TempDir
    @SuppressWarnings("NullAway.Init") // Set by JUnit.
    private Path folder;

    @Test
    void oneArgumentIsShellTextAndStaysAsItIs() {
        assertThat(ShellText.of(List.of("df -h | sort && echo \"$HOME\""))).isEqualTo("df -h | sort && echo \"$HOME\"");
    }

    @Test
    void plainWordsStayReadable() {
        assertThat(ShellText.of(List.of("systemctl", "restart", "nginx@1.service", "--no-block")))
                .isEqualTo("systemctl restart nginx@1.service --no-block");
    }

    @Test
    void theProgramGetsExactlyTheseArguments() throws IOException, InterruptedException {
        List<String> arguments = List.of(
                "",
                " ",
                "a  b",
                "it's",
                "''",
                "'",
                "\"",
                "\\",
                "\\n",
                "$HOME",
                "${x}",
                "$(id)",
                "`id`",
                "*",
                "?",
                "[a]",
                "{a,b}",
                "~",
                "~root",
                "a;b",
                "a|b",
                "&",
                "<x",
                ">x",
                "#c",
                "!",
                "!!",
                "=",
                "a=b",
                "%1",
                "-n",
                "--",
                "line\nbreak",
                "tab\there",
                "\r",
                "schl\u00fcssel",
                "\ud83d\ude00",
                "^",
                "(",
                ")",
                "end\\");
        assertThat(received(arguments)).isEqualTo(arguments);
    }

    @Test
    void theProgramGetsWhateverElseIsTyped() throws IOException, InterruptedException {
        Random random = new Random(20260131);
        String alphabet = "ab '\"\\$`*?[]{}~;|&<>#!=%()\n\t-^,.:/\u00fc";
        for (int round = 0; round < 20; round++) {
            List<String> arguments = new ArrayList<>();
            for (int i = random.nextInt(1, 30); i > 0; i--) {
                StringBuilder argument = new StringBuilder();
                for (int length = random.nextInt(12); length > 0; length--) {
                    argument.append(alphabet.charAt(random.nextInt(alphabet.length())));
                }
                arguments.add(argument.toString());
            }
            assertThat(received(arguments)).isEqualTo(arguments);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"if", "time", "{", "!", "FOO=bar", "a program", "[[", "-x", "$x", "for", "done", "~x", "#x"})
    void theFirstWordIsTheNameOfTheProgramWhateverItMeansToAShell(String name)
            throws IOException, InterruptedException {
        Path program = folder.resolve(name);
        Files.writeString(program, "#!/bin/sh\necho ran \"$1\"\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));

        assertThat(new String(shell(ShellText.of(List.of(name, "with this"))), StandardCharsets.UTF_8))
                .isEqualTo("ran with this\n");
    }

    private List<String> received(List<String> arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("printf", "%s\\0"));
        words.addAll(arguments);
        String output = new String(shell(ShellText.of(words)), StandardCharsets.UTF_8);
        return List.of(output.substring(0, output.length() - 1).split("\0", -1));
    }

    private byte[] shell(String text) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-s").redirectErrorStream(true);
        builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
        Process process = builder.start();
        try {
            process.getOutputStream().write((text + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            byte[] output = process.getInputStream().readAllBytes();
            assertThat(process.waitFor())
                    .as(() -> new String(output, StandardCharsets.UTF_8))
                    .isZero();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
