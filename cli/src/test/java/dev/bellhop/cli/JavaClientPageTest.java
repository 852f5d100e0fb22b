// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.testkit.Programs;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The programs on the page of the Java client compile for Java 17, and work with a real server and agent. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
class JavaClientPageTest {

    private static final Path PAGE = Path.of("..", "docs", "how-to", "java-client.md");
    private static final Pattern PROGRAM =
            Pattern.compile("^```java\n(.*?public final class (\\w+).*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    private final List<String> programs = new ArrayList<>();
    private Path folder;
    private RealServer real;

    @BeforeAll
    void compileAndStart(@TempDir Path temporary) throws IOException {
        folder = temporary;
        List<String> arguments = new ArrayList<>(List.of(
                "--release",
                "17",
                "-Xlint:all,-path,-classfile,-processing",
                "-Werror",
                "-cp",
                classPath(),
                "-d",
                folder.resolve("classes").toString()));
        for (Matcher found = PROGRAM.matcher(Files.readString(PAGE)); found.find(); ) {
            Path source = folder.resolve(found.group(2) + ".java");
            Files.writeString(source, found.group(1));
            programs.add(found.group(2));
            arguments.add(source.toString());
        }
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
        assertThat(status).isZero();
        real = RealServer.start(folder);
    }

    @AfterAll
    void stop() {
        if (real != null) {
            real.close();
        }
    }

    private static String classPath() {
        return Objects.requireNonNull(System.getProperty("java.class.path"));
    }

    private String run(String program, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(Objects.requireNonNull(System.getProperty("java.home")), "bin", "java")
                        .toString(),
                "-cp",
                folder.resolve("classes") + File.pathSeparator + classPath(),
                program,
                real.server.uri().toString(),
                real.server.adminKey(),
                "1"));
        command.addAll(List.of(more));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Programs.removeJavaOptions(builder);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void commandRunsToItsEndWithAllOfItsOutput() throws Exception {
        assertThat(run("RunCommand")).isEqualTo("20000 lines of output\n20000 lines\nexit code 3\n");
    }

    @Test
    void fileIsUploadedAndItsOutputFollowed() throws Exception {
        assertThat(run("UploadAndFollow", folder.resolve("deploy.sh").toString()))
                .isEqualTo("uploaded 44 bytes\nstep 1\nstep 2\nstep 3\nEXITED\n");
    }

    @Test
    void keyWithAPolicyIsRefusedByItsRule() throws Exception {
        assertThat(run("KeyWithPolicy")).isEqualTo("policy_refused by the key's rule no-stop\ntrue exited with 0\n");
    }

    @Test
    void pageHasThreeProgramsAndTheCoordinatesOfTheModule() throws IOException {
        String pom = Files.readString(Path.of("..", "api", "pom.xml"));
        String page = Files.readString(PAGE);

        assertThat(programs).hasSize(3);
        for (String element : List.of("groupId", "artifactId", "version")) {
            assertThat(page).contains("  " + last(pom, element));
        }
    }

    /** The parent's group and version, and the module's own name. */
    private static String last(String pom, String element) {
        String head = pom.substring(0, pom.indexOf("<dependencies>"));
        int at = head.lastIndexOf("<" + element + ">");
        return head.substring(at, head.indexOf('\n', at));
    }
}
