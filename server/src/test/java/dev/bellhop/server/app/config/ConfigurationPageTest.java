// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.bellhop.server.app.TestServerCertificate;
import dev.bellhop.server.app.config.Config.QemuConfig;
import dev.bellhop.server.http.connection.ConnectionLimits;
import dev.bellhop.server.ssh.SshSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/reference/configuration.md has exactly the settings that the server reads, with the values that it takes and the
 * defaults that it has. What it takes is what it says at a wrong value.
 */
class ConfigurationPageTest {
    private static final Path PAGE = Path.of("..", "docs", "reference", "configuration.md");
    private static final Pattern ROW = Pattern.compile("\\| `([A-Za-z.]+)` \\| (.*?) \\| (.*?) \\| .*");
    private static final Pattern FAULT = Pattern.compile("line \\d+, column \\d+: (?:(\\S+): )?(.*)");
    private static final String WRONG = "[[]]";

    @TempDir
    private Path folder;

    /** A line of a table. */
    private record Row(Section section, String name, String values, String fallback) {
        boolean isRequired() {
            return fallback.equals("required");
        }

        boolean hasDefault() {
            return fallback.startsWith("`");
        }

        String shownDefault() {
            return fallback.substring(1, fallback.length() - 1);
        }
    }

    /** A part of the configuration that has tables of its own, by the heading from which on they are. */
    private enum Section {
        ROOT("The server", "") {
            @Override
            String with(Map<String, String> settings) {
                Map<String, String> all = new TreeMap<>(Map.of("data", "/var/lib/bellhop", "hypervisors", "[]"));
                all.putAll(settings);
                StringBuilder yaml = new StringBuilder();
                all.forEach((name, value) -> {
                    int dot = name.indexOf('.');
                    yaml.append(
                            dot < 0
                                    ? name + ": " + value + "\n"
                                    : name.substring(0, dot) + ": {" + name.substring(dot + 1) + ": " + value + "}\n");
                });
                return yaml.toString();
            }
        },
        QEMU("Of type qemu", "hypervisors[0].") {
            @Override
            String with(Map<String, String> settings) {
                Map<String, String> all = new TreeMap<>(Map.of("type", "qemu"));
                if (!settings.containsKey("vms")) {
                    all.put("agent", "'/run/vm/{vmid}.qga'");
                }
                all.putAll(settings);
                return hypervisor(all);
            }
        },
        VM("A VM in vms of type qemu", "hypervisors[0].vms.1.") {
            @Override
            String with(Map<String, String> settings) {
                Map<String, String> all = new TreeMap<>(Map.of("agent", "/run/vm/1.qga"));
                all.putAll(settings);
                return hypervisor(Map.of("type", "qemu", "vms", "{1: " + flow(all) + "}"));
            }
        },
        LIBVIRT("Of type libvirt", "hypervisors[0].") {
            @Override
            String with(Map<String, String> settings) {
                Map<String, String> all = new TreeMap<>(Map.of("type", "libvirt"));
                all.putAll(settings);
                return hypervisor(all);
            }
        },
        NODE("A node", "") {
            @Override
            String with(Map<String, String> settings) {
                Map<String, String> all = new TreeMap<>(Map.of("data", "/d", "hypervisors", "[]"));
                Map<String, String> cluster =
                        new TreeMap<>(Map.of("name", "a", "nats", "nats://127.0.0.1:1", "credentials", "/c"));
                settings.forEach((name, value) -> {
                    if (name.startsWith("cluster.")) {
                        cluster.put(name.substring("cluster.".length()), value);
                    } else if (name.startsWith("metrics.")) {
                        all.put("metrics", flow(Map.of(name.substring("metrics.".length()), value)));
                    } else {
                        all.put(name, value);
                    }
                });
                all.putIfAbsent("cluster", flow(cluster));
                StringBuilder yaml = new StringBuilder();
                all.forEach((name, value) ->
                        yaml.append(name).append(": ").append(value).append('\n'));
                return yaml.toString();
            }

            @Override
            Object read(Path file) throws ConfigException {
                return NodeConfig.read(file);
            }

            // What it shares with a server is in the server's tables.
            @Override
            boolean hasRow(String name) {
                return Stream.of("executions.", "power.", "files.", "hypervisors")
                        .noneMatch(name::startsWith);
            }
        };

        private final String heading;
        private final String path;

        Section(String heading, String path) {
            this.heading = heading;
            this.path = path;
        }

        /** A configuration with these settings of the section, and what is needed beside them. */
        abstract String with(Map<String, String> settings);

        Object read(Path file) throws ConfigException {
            return ConfigReader.read(file, Map.of());
        }

        /** Whether a setting has a row in the section's tables. */
        boolean hasRow(String name) {
            return true;
        }

        private static String hypervisor(Map<String, String> settings) {
            return "data: /d\nhypervisors: [" + flow(settings) + "]\n";
        }

        private static String flow(Map<String, String> settings) {
            List<String> entries = new ArrayList<>();
            settings.forEach((name, value) -> entries.add(name + ": " + value));
            return "{" + String.join(", ", entries) + "}";
        }
    }

    @TestFactory
    Stream<DynamicTest> thePageHasWhatTheServerReads() {
        return Stream.of(Section.values())
                .map(section -> DynamicTest.dynamicTest(
                        section.name(),
                        () -> assertThat(rows().stream()
                                        .filter(row -> row.section == section)
                                        .map(Row::name))
                                .containsExactlyInAnyOrderElementsOf(names(section))));
    }

    @TestFactory
    Stream<DynamicTest> eachRowSaysWhatTheServerSays() throws IOException {
        return rows().stream()
                .map(row -> DynamicTest.dynamicTest(row.section + " " + row.name, () -> {
                    Map<String, String> faults = faults(row.section, Map.of(row.name, WRONG));
                    String path = row.section.path + row.name;
                    String said = faults.getOrDefault(path, faults.getOrDefault(path + "[0]", "nothing"));

                    assertThat(row.values).contains(said.replaceFirst("^expected ", ""));
                    if (said.contains("a whole number") || said.contains("true or false")) {
                        assertThat(row.fallback).isNotEqualTo("none");
                    }
                    if (row.hasDefault()) {
                        assertThat(read(row.section, Map.of(row.name, row.shownDefault())))
                                .isEqualTo(read(row.section, Map.of()));
                    }
                }));
    }

    @Test
    void defaultsThatCannotBeSetAreNamedAsTheyAre() throws Exception {
        assertThat(rows())
                .filteredOn(row -> !row.hasDefault() && !row.isRequired() && !row.fallback.equals("none"))
                .extracting(row -> row.name + " " + row.fallback)
                .containsExactlyInAnyOrder(
                        "postgres.migrate true",
                        "cluster.maxVmsPerNode 10000",
                        "cluster.takeOverSeconds never",
                        "files.ratePerVm no limit",
                        "ssh.hostKeys the folder ssh in data",
                        "ssh.passwords false",
                        "ssh.sessions what fits, up to " + SshSettings.Limits.SESSIONS,
                        "ssh.sessionsPerAddress " + SshSettings.Limits.SESSIONS_PER_ADDRESS,
                        "ssh.channelsPerSession " + SshSettings.Limits.CHANNELS_PER_SESSION,
                        "ssh.loginTries " + SshSettings.Limits.LOGIN_TRIES,
                        "ssh.loginSeconds " + SshSettings.Limits.LOGIN_SECONDS,
                        "ssh.idleMinutes " + SshSettings.Limits.IDLE_MINUTES,
                        "channelIdleSeconds " + QemuConfig.CHANNEL_IDLE.toMillis() / 1000.0 + " s",
                        "limits.connections what fits, up to " + ConnectionLimits.CONNECTIONS);
    }

    @Test
    void whatIsRequiredCannotBeLeftOut() throws IOException {
        assertThat(rows().stream().filter(Row::isRequired).map(row -> row.section + " " + row.name))
                .containsExactlyInAnyOrder(
                        "ROOT data",
                        "ROOT hypervisors",
                        "QEMU type",
                        "VM agent",
                        "LIBVIRT type",
                        "NODE data",
                        "NODE cluster.name",
                        "NODE cluster.nats",
                        "NODE cluster.credentials");
        for (String yaml : List.of(
                "hypervisors: []\n",
                "data: /d\n",
                "data: /d\nhypervisors: [{vms: {}}]\n",
                "data: /d\nhypervisors: [{type: qemu, vms: {1: {}}}]\n")) {
            assertThatThrownBy(() -> read(yaml)).isInstanceOf(ConfigException.class);
        }
    }

    @Test
    void theExampleIsValid() throws Exception {
        TestServerCertificate certificate = TestServerCertificate.in(folder);
        String page = Files.readString(PAGE);
        String example = page.substring(page.indexOf("```yaml\n") + 8, page.indexOf("```\n", page.indexOf("```yaml\n")))
                .replace("/etc/bellhop/tls.crt", certificate.certificate().toString())
                .replace("/etc/bellhop/tls.key", certificate.key().toString());

        assertThat(read(example).hypervisors()).hasSize(3);
    }

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        @Nullable Section section = null;
        for (String line : Files.readAllLines(PAGE)) {
            for (Section other : Section.values()) {
                section = line.matches("#+ " + Pattern.quote(other.heading)) ? other : section;
            }
            Matcher row = ROW.matcher(line);
            if (section != null && row.matches()) {
                rows.add(new Row(section, row.group(1), row.group(2), row.group(3)));
            }
        }
        return rows;
    }

    /** The names of all settings of a section, as the server lists them where it does not know one. */
    private List<String> names(Section section) {
        List<String> names = new ArrayList<>();
        String unknown = faults(section, Map.of("nonsense", "1")).getOrDefault(section.path + "nonsense", "");
        for (String name : expected(unknown)) {
            String said = faults(section, Map.of(name, WRONG)).getOrDefault(section.path + name, "");
            if (said.startsWith("expected a section with ")) {
                expected(said.replace("a section with ", "")).forEach(inner -> names.add(name + "." + inner));
            } else {
                names.add(name);
            }
        }
        return names.stream().filter(section::hasRow).toList();
    }

    private static List<String> expected(String fault) {
        assertThat(fault).contains("expected ");
        return List.of(fault.substring(fault.indexOf("expected ") + 9).split(", "));
    }

    /** What is wrong in a configuration, by the path of the setting. */
    private Map<String, String> faults(Section section, Map<String, String> settings) {
        Map<String, String> faults = new TreeMap<>();
        Throwable thrown = catchThrowable(() -> read(section, settings));
        assertThat(thrown).as(section.with(settings)).isInstanceOf(ConfigException.class);
        FAULT.matcher(String.valueOf(thrown.getMessage()))
                .results()
                .filter(fault -> fault.group(1) != null)
                .forEach(fault -> faults.putIfAbsent(fault.group(1), fault.group(2)));
        return faults;
    }

    private Object read(Section section, Map<String, String> settings) throws ConfigException, IOException {
        return section.read(Files.writeString(folder.resolve("c.yaml"), section.with(settings)));
    }

    private Config read(String yaml) throws ConfigException, IOException {
        return ConfigReader.read(Files.writeString(folder.resolve("c.yaml"), yaml), Map.of());
    }
}
