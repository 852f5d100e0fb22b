// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.e2e.support.SshAccess;
import dev.bellhop.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The playbook in the resources, with what it takes from this machine. */
final class Playbook {
    private static final Path FOLDER = Checkout.ROOT.resolve("e2e/src/test/resources/ansible");
    private static final Pattern RECAP = Pattern.compile("^\\S+ +: ok=.* changed=([0-9]+) ", Pattern.MULTILINE);

    /** A task, and what it said of a host. */
    private static final Pattern CHANGED = Pattern.compile(
            "^(?:TASK|RUNNING HANDLER) \\[(.*)] [*]+\\n(?:(?!TASK|RUNNING).*\\n)*?changed: ", Pattern.MULTILINE);

    private static final String MAKE = """
            set -e
            head -c 3000000 /dev/urandom >large
            sha256sum <large | tr -d ' \\n-' >large.sha256
            mkdir -p bundle package/DEBIAN
            echo bundled >bundle/file
            tar czf bundle.tgz bundle
            cat >package/DEBIAN/control <<END
            Package: bellhop-probe
            Version: 1
            Architecture: all
            Maintainer: nobody <nobody@localhost>
            Description: nothing
            END
            dpkg-deb --build --root-owner-group package probe.deb >/dev/null
            """;

    private final SshAccess access;
    private final List<String> variables;

    private Playbook(SshAccess access, List<String> variables) {
        this.access = access;
        this.variables = variables;
    }

    /**
     * Makes what it takes.
     *
     * @param files a new folder
     * @param place where it works in the guests
     */
    static Playbook make(SshAccess access, Path files, String place) throws IOException, InterruptedException {
        Files.createDirectory(files);
        Checkout.run(files, Map.of(), List.of("sh", "-c", "cd \"$1\"\n" + MAKE, "sh", files.toString()))
                .succeeded();
        List<String> variables = new ArrayList<>();
        for (String each : List.of(
                "place=" + place,
                "large=" + files.resolve("large"),
                "bundle=" + files.resolve("bundle.tgz"),
                "package=" + files.resolve("probe.deb"),
                "fetched=" + files.resolve("fetched"))) {
            variables.addAll(List.of("-e", each));
        }
        return new Playbook(access, variables);
    }

    void assertChanges(Map<String, String> settings, String... arguments) throws IOException, InterruptedException {
        assertThat(changed(settings, arguments)).isNotEmpty();
    }

    void assertChangesNothing(Map<String, String> settings, String... arguments)
            throws IOException, InterruptedException {
        assertThat(changed(settings, arguments)).isEmpty();
    }

    /** Runs it on one host; the tasks that have changed something. */
    private List<String> changed(Map<String, String> settings, String... arguments)
            throws IOException, InterruptedException {
        List<String> words =
                new ArrayList<>(List.of(FOLDER.resolve("playbook.yml").toString()));
        words.addAll(variables);
        words.addAll(Arrays.asList(arguments));
        Checkout.Ended ended = access.ansible(settings, "ansible-playbook", words.toArray(String[]::new));
        assertThat(ended.exitCode()).as(ended.stdout() + ended.stderr()).isZero();
        Matcher recap = RECAP.matcher(ended.stdout());
        assertThat(recap.find()).as(ended.stdout()).isTrue();
        List<String> changed = CHANGED.matcher(ended.stdout())
                .results()
                .map(task -> task.group(1))
                .toList();
        assertThat(changed.isEmpty())
                .as(ended.stdout())
                .isEqualTo(recap.group(1).equals("0"));
        return changed;
    }
}
