// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.bellhop.server.app.TestServerCertificate;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every error says the file, the line, and what was expected there. */
class ConfigErrorsTest {
    private static final String LIBVIRT = "data: /d\nhypervisors:\n- type: libvirt\n";
    private static final String QEMU = "data: /d\nhypervisors:\n- type: qemu\n";
    private static final String VMS = QEMU + "  vms:\n";

    @TempDir
    private Path folder;

    private static Arguments at(int line, String expected, String yaml) {
        return Arguments.of(line, expected, yaml);
    }

    static Stream<Arguments> errors() {
        String address = "expected an address and a port, such as 127.0.0.1:8080";
        String path = "expected an absolute path";
        String socket = "expected the absolute path of a Unix socket";
        String pattern = "expected an absolute path with {vmid} once, in its last part";
        String days = "expected a whole number from 1 to 36500";
        String vmid = "expected a vmid, an integer of 1 or more";
        String either = "expected either vms";
        String tail = "\ndata: /d\nhypervisors: []\n";
        String tls = "without TLS keys and commands would be there for everyone";
        String pem = "the absolute path of a PEM file";
        String command = "expected a list of a program, by its absolute path, and its arguments";
        String unit = "expected the name of a unit of systemd";
        String proxy = "expected an address or a network, such as 127.0.0.1 or 10.0.0.0/8";
        String ofItsOwn = "each VM has sockets of its own";
        return Stream.of(
                at(
                        6,
                        "the agent of VM 2 is the socket that is the agent of VM 1",
                        VMS + "    1: {agent: /a}\n    2: {agent: /a}\n"),
                at(
                        6,
                        "the monitor of VM 2 is the socket that is the monitor of VM 1",
                        VMS + "    1: {agent: /a, monitor: /m}\n    2: {agent: /b, monitor: /x/../m}\n"),
                at(5, ofItsOwn, VMS + "    1: {agent: /a, monitor: /a}\n"),
                at(6, ofItsOwn, VMS + "    1: {agent: /a, monitor: /m}\n    2: {agent: /m}\n"),
                at(8, ofItsOwn, VMS + "    1: {agent: /a}\n- type: qemu\n  vms:\n    2: {agent: /a}\n"),
                at(5, "each VM has two of its own", QEMU + "  agent: /r/{vmid}.s\n  monitor: /r/{vmid}.s\n"),
                at(
                        7,
                        "the agent of VM 5 is the socket that is the agent of VM 1",
                        VMS + "    1: {agent: /r/5.a}\n- type: qemu\n  agent: /r/{vmid}.a\n"),
                at(
                        7,
                        "the agent of VM 1 is the socket that is the agent of VM 5",
                        QEMU + "  agent: /r/{vmid}.a\n- type: qemu\n  vms:\n    1: {agent: /r/5.a}\n"),
                at(0, "it is empty", ""),
                at(0, "it is empty", "# nothing but a comment\n"),
                at(1, "expected data, the folder to keep everything in", "hypervisors: []"),
                at(1, "expected hypervisors, a list of them", "data: /d"),
                at(
                        1,
                        "expected a section with audit, behindProxy, cluster, data, encryption, executions, files, forwards, hypervisors,"
                                + " limits, listen, metrics, postgres, power, proxies, retentionBytes, retentionDays, ssh, terminals, tls",
                        "just text"),
                at(1, "expected a section", "- data: /d"),
                at(1, "expected a section", "~"),
                at(2, "lisen: there is no such setting", "data: /d\nlisen: 1.2.3.4:5\nhypervisors: []"),
                at(3, "'data' is set twice", "data: /d\nhypervisors: []\ndata: /e"),
                at(0, "not valid YAML", "? [data]\n: /d\n"),
                at(1, address, "listen: 8080" + tail),
                at(1, address, "listen: 127.0.0.1" + tail),
                at(1, address, "listen: :8080" + tail),
                at(1, address, "listen: 127.0.0.1:http" + tail),
                at(1, address, "listen: 127.0.0.1:65536" + tail),
                at(1, address, "listen: 127.0.0.1:-1" + tail),
                at(1, address, "listen: localhost:8080" + tail),
                at(1, address, "listen: bellhop.example:8080" + tail),
                at(1, address, "listen: [127.0.0.1, 8080]" + tail),
                at(1, address, "listen:" + tail),
                at(1, address, "listen: ''" + tail),
                at(1, tls, "listen: 0.0.0.0:8080" + tail),
                at(1, tls, "listen: 192.0.2.1:8080" + tail),
                at(1, tls, "listen: '[::]:8080'" + tail),
                at(1, tls, "listen: '[::ffff:0.0.0.0]:8080'" + tail),
                at(1, tls, "listen: 0.0.0.0:8080\nbehindProxy: false" + tail),
                at(1, "expected true or false", "behindProxy: yes" + tail),
                at(1, "keyFile: expected the absolute path of a file", "encryption: {keyFile: keys}" + tail),
                at(1, "there is no such setting here; expected keyFile", "encryption: {key: /k}" + tail),
                at(1, "record: expected true or false", "terminals: {record: maybe}" + tail),
                at(1, "recordInput: expected false", "terminals: {record: false, recordInput: true}" + tail),
                at(1, "recordingMaxBytes: expected", "terminals: {recordingMaxBytes: 65535}" + tail),
                at(1, "recordingRetentionDays: expected", "terminals: {recordingRetentionDays: 0}" + tail),
                at(1, "recordingRetentionBytes: expected", "terminals: {recordingRetentionBytes: all}" + tail),
                at(1, "perVm: expected a whole number", "forwards: {perVm: 0}" + tail),
                at(1, "ssh: expected listen, an address and a port", "ssh: {passwords: true}" + tail),
                at(1, "listen: expected an address and a port", "ssh: {listen: 2222}" + tail),
                at(1, "hostKeys: expected", "ssh: {listen: 127.0.0.1:2222, hostKeys: keys}" + tail),
                at(1, "passwords: expected true or false", "ssh: {listen: 127.0.0.1:2222, passwords: 1}" + tail),
                at(1, "loginTries: expected", "ssh: {listen: 127.0.0.1:2222, loginTries: 0}" + tail),
                at(1, "publicAddress: expected a name", "ssh: {listen: 127.0.0.1:2222, publicAddress: b}" + tail),
                at(1, "publicAddress: expected a name", "ssh: {listen: 127.0.0.1:2222, publicAddress: 'b:0'}" + tail),
                at(1, "publicAddress: expected", "ssh: {listen: 127.0.0.1:2222, publicAddress: 'b c:22'}" + tail),
                at(1, "there is no such setting here", "ssh: {listen: 127.0.0.1:2222, port: 22}" + tail),
                at(1, "expected a list", "proxies: 127.0.0.1" + tail),
                at(1, proxy, "proxies: [localhost]" + tail),
                at(1, proxy, "proxies: [10.0.0.1/8]" + tail),
                at(1, proxy, "proxies: [10.0.0.0/33]" + tail),
                at(1, proxy, "proxies: [10.0.0.0/x]" + tail),
                at(1, proxy, "proxies: [0.0.0.0/0]" + tail),
                at(1, "expected a section with certificate, key", "tls: true" + tail),
                at(1, "tls: expected key, " + pem, "tls: {certificate: /c}" + tail),
                at(1, "tls: expected certificate, " + pem, "tls: {key: /k}" + tail),
                at(1, "certificate: expected " + pem, "tls: {certificate: c, key: /k}" + tail),
                at(1, "key: expected " + pem, "tls: {certificate: /c, key: [k]}" + tail),
                at(2, "certificate: there is no file /none/c", "tls:\n  certificate: /none/c\n  key: /k" + tail),
                at(1, path, "data: relative/path\nhypervisors: []"),
                at(1, path, "data: ./x\nhypervisors: []"),
                at(1, path, "data: ~/bellhop\nhypervisors: []"),
                at(1, path, "data:\nhypervisors: []"),
                at(1, path, "data: 5\nhypervisors: []"),
                at(1, path, "data: {a: b}\nhypervisors: []"),
                at(1, path, "data: \"/a\\0b\"\nhypervisors: []"),
                at(1, days, "retentionDays: 0" + tail),
                at(1, days, "retentionDays: 36501" + tail),
                at(1, days, "retentionDays: -1" + tail),
                at(1, days, "retentionDays: '30'" + tail),
                at(1, days, "retentionDays: 30.0" + tail),
                at(1, days, "retentionDays: 30d" + tail),
                at(1, days, "retentionDays: 0x1E" + tail),
                at(1, days, "retentionDays: 99999999999999999999" + tail),
                at(1, days, "retentionDays:" + tail),
                at(1, days, "retentionDays: true" + tail),
                at(1, "expected a whole number from 1000000", "retentionBytes: 0" + tail),
                at(1, "expected a section with retentionBytes, retentionDays", "audit: 30" + tail),
                at(1, "retentionDays: " + days, "audit: {retentionDays: 0}" + tail),
                at(1, "days: there is no such setting", "audit: {days: 30}" + tail),
                at(1, "expected a section with maxOutputBytes, queuedPerVm", "executions: 1" + tail),
                at(1, "expected true or false", "executions: {supervise: 1}" + tail),
                at(1, "expected an absolute path in the guests", "executions: {spool: var/lib}" + tail),
                at(1, "expected an absolute path in the guests", "executions: {spool: /var/lib/}" + tail),
                at(1, "expected a whole number from 0 to", "executions: {maxOutputBytes: -1}" + tail),
                at(1, "expected a whole number from 1 to", "executions: {runningPerVm: 0}" + tail),
                at(1, "speed: there is no such setting", "executions: {speed: 1}" + tail),
                at(
                        1,
                        "expected a section with connections, connectionsPerAddress, failuresPerAddress",
                        "limits: 5" + tail),
                at(2, "requestsPerSecond: there is no such setting", "limits:\n  requestsPerSecond: 5" + tail),
                at(
                        3,
                        "failuresPerAddress: expected a whole number from 1 to 1000000",
                        "limits:\n  requestsPerKey: 5\n  failuresPerAddress: 0" + tail),
                at(1, "requestsPerKey: expected a whole number", "limits: {requestsPerKey: 1000001}" + tail),
                at(1, "openPerAddress: expected a whole number", "limits: {openPerAddress: many}" + tail),
                at(1, "followersPerKey: expected a whole number", "limits: {followersPerKey: 0}" + tail),
                at(1, "followers: expected a whole number from 1 to 100000", "limits: {followers: -1}" + tail),
                at(2, "expected a list", "data: /d\nhypervisors: {type: qemu}"),
                at(2, "expected a list", "data: /d\nhypervisors: qemu"),
                at(2, "expected a list", "data: /d\nhypervisors:"),
                at(3, "expected the settings of a hypervisor", "data: /d\nhypervisors:\n- qemu"),
                at(
                        4,
                        "agent: there is no such setting here; expected streams, type, uri, vms",
                        LIBVIRT + "  agent: /r/{vmid}"),
                at(
                        4,
                        "expected a URI of libvirt, such as qemu:///system",
                        LIBVIRT + "  uri: /run/libvirt/libvirt-sock"),
                at(4, "expected a URI of libvirt", LIBVIRT + "  uri: 'qemu: system'"),
                at(4, "expected names of domains by their vmid", LIBVIRT + "  vms: [web]"),
                at(4, "expected a vmid", LIBVIRT + "  vms: {web: 10000}"),
                at(4, "expected the name of a domain", LIBVIRT + "  vms: {10000: {agent: /r/x}}"),
                at(6, "another vmid is that of the domain web", LIBVIRT + "  vms:\n    1: web\n    2: web"),
                at(
                        5,
                        "channelIdleSeconds: expected a whole number from 1 to 300",
                        QEMU + "  vms: {}\n  channelIdleSeconds: 0.7"),
                at(3, "with type: qemu or type: libvirt", "data: /d\nhypervisors:\n- vms: {}"),
                at(3, "with type: qemu or type: libvirt", "data: /d\nhypervisors:\n- type: xen\n  vms: {}"),
                at(3, "with type: qemu or type: libvirt", "data: /d\nhypervisors:\n- type: [qemu]\n  vms: {}"),
                at(3, "with type: qemu or type: libvirt", "data: /d\nhypervisors:\n- type:\n  vms: {}"),
                at(4, "socket: there is no such setting", QEMU + "  socket: /run/x\n  vms: {}"),
                at(3, either, QEMU),
                at(3, either, QEMU + "  monitor: /r/{vmid}"),
                at(3, either, QEMU + "  vms: {}\n  agent: /r/{vmid}"),
                at(3, either, QEMU + "  vms: {}\n  monitor: /r/{vmid}"),
                at(4, pattern, QEMU + "  agent: /r/vm"),
                at(4, pattern, QEMU + "  agent: r/{vmid}"),
                at(4, pattern, QEMU + "  agent: /r/{vmid}/a"),
                at(4, pattern, QEMU + "  agent: /{vmid}/{vmid}"),
                at(4, pattern, QEMU + "  agent: /r/{vmid}{vmid}"),
                at(4, pattern, QEMU + "  agent: /r/{VMID}"),
                at(4, pattern, QEMU + "  agent: ['/r/{vmid}']"),
                at(4, pattern, QEMU + "  agent: \"/r/{vmid}\\0\""),
                at(5, pattern, QEMU + "  agent: /r/{vmid}\n  monitor: /r/m"),
                at(5, pattern, QEMU + "  agent: /r/{vmid}\n  monitor:"),
                at(4, "expected VMs by their vmid", QEMU + "  vms: [1]"),
                at(4, "expected VMs by their vmid", QEMU + "  vms:"),
                at(5, vmid, VMS + "    0: {agent: /a}"),
                at(5, vmid, VMS + "    -1: {agent: /a}"),
                at(5, vmid, VMS + "    01: {agent: /a}"),
                at(5, vmid, VMS + "    1.0: {agent: /a}"),
                at(5, vmid, VMS + "    web: {agent: /a}"),
                at(5, vmid, VMS + "    9223372036854775808: {agent: /a}"),
                at(6, "'1' is set twice", VMS + "    1: {agent: /a}\n    1: {agent: /b}"),
                at(6, "'1' is set twice", VMS + "    1: {agent: /a}\n    '1': {agent: /b}"),
                at(5, "name: expected a name of 1 to 255 characters", VMS + "    1: {agent: /a, name: 10000}"),
                at(5, "name: expected a name", VMS + "    1: {agent: /a, name: ''}"),
                at(5, "name: expected a name", VMS + "    1: {agent: /a, name: [web]}"),
                at(5, "name: expected a name", VMS + "    1: {agent: /a, name: \"a\\tb\"}"),
                at(5, "name: expected a name", VMS + "    1: {agent: /a, name: " + "x".repeat(256) + "}"),
                at(5, "expected agent, the absolute path", VMS + "    1: {}"),
                at(5, "expected agent, the absolute path", VMS + "    1: {monitor: /m}"),
                at(5, "expected a section with agent, monitor", VMS + "    1: /a"),
                at(5, "expected a section with agent, monitor", VMS + "    1:"),
                at(5, socket, VMS + "    1: {agent: a.sock}"),
                at(5, socket, VMS + "    1: {agent: 5}"),
                at(5, socket, VMS + "    1: {agent: ~}"),
                at(5, socket, VMS + "    1: {agent: /a, monitor: m}"),
                at(6, socket, VMS + "    1:\n      agent: \"/a\\0\""),
                at(3, "<<: there is no such setting", "data: /d\nhypervisors: []\n<<: {listen: 1.2.3.4:5}"),
                at(2, "not valid YAML", "data: /d\n\thypervisors: []"),
                at(3, "not valid YAML", "data: /d\nhypervisors:\n\t- type: qemu"),
                at(2, "not valid YAML", "data: /d\nhypervisors: ["),
                at(1, "not valid YAML", "data: 'unclosed"),
                at(2, "not valid YAML", "data: /d\nhypervisors: *nowhere"),
                at(
                        5,
                        "a VM is started either by start or by unit",
                        VMS + "    1: {agent: /a, start: [/s], unit: a.service}"),
                at(5, command, VMS + "    1: {agent: /a, start: []}"),
                at(5, command, VMS + "    1: {agent: /a, start: [start-vm]}"),
                at(5, command, VMS + "    1: {agent: /a, start: [/s, {}]}"),
                at(5, "expected a list", VMS + "    1: {agent: /a, start: /s 1}"),
                at(5, unit, VMS + "    1: {agent: /a, unit: --force}"),
                at(5, unit, VMS + "    1: {agent: /a, unit: vm}"),
                at(5, unit, VMS + "    1: {agent: /a, unit: a b.service}"),
                at(5, "expected {vmid} in one of its arguments", QEMU + "  agent: /a/{vmid}\n  start: [/s, x]"),
                at(5, unit, QEMU + "  agent: /a/{vmid}\n  unit: vm.service"),
                at(3, either, QEMU + "  vms: {}\n  unit: vm@{vmid}.service"),
                at(1, "expected a whole number from 1 to 3600", "power: {graceSeconds: 0}" + tail),
                at(1, "there is no such setting here; expected graceSeconds", "power: {grace: 5}" + tail),
                at(2, "not valid YAML", "data: /d\n---\ndata: /e"),
                at(1, "not valid YAML", "data: @x"),
                at(0, "not valid YAML", "data: \u0007"));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void anErrorSaysWhereAndWhatWasExpected(int line, String expected, String yaml) throws Exception {
        Path file = Files.writeString(folder.resolve("bellhop.yaml"), yaml);
        String message = message(file);

        assertThat(message)
                .startsWith(
                        "Cannot use the configuration " + file + (line == 0 ? ": " : ", line " + line + ", column "))
                .contains(expected);
    }

    @Test
    void aKeyThatBelongsToAnotherCertificateIsFound() throws Exception {
        TestServerCertificate one = TestServerCertificate.in(Files.createDirectory(folder.resolve("one")));
        TestServerCertificate other = TestServerCertificate.in(Files.createDirectory(folder.resolve("other")));
        Path file = Files.writeString(
                folder.resolve("bellhop.yaml"),
                "data: /d\nhypervisors: []\ntls:\n  certificate: " + one.certificate() + "\n  key: " + other.key()
                        + "\n");

        assertThat(message(file))
                .isEqualTo("Cannot use the configuration " + file + ", line 5, column 8: tls.key: the key in "
                        + other.key() + " does not belong to the certificate in " + one.certificate());
    }

    private static @Nullable String message(Path file) {
        Throwable thrown = catchThrowable(() -> ConfigReader.read(file));
        assertThat(thrown).isInstanceOf(ConfigException.class);
        return thrown.getMessage();
    }

    @Test
    void aMistypedNameIsToldWithTheNearestOne() throws Exception {
        Path file =
                Files.writeString(folder.resolve("c.yaml"), "data: /d\nlisen: x\nhypervisors: []\nlimits: {k: 1}\n");

        assertThat(message(file))
                .contains(
                        "line 2, column 8: lisen: there is no such setting here; did you mean listen? expected audit, ")
                .contains("line 4, column 13: limits.k: there is no such setting here; expected connections, ");
    }

    @Test
    void severalFaultsAreToldAtOnce() throws Exception {
        Path file = Files.writeString(folder.resolve("c.yaml"), """
                data: /d
                retentionDays: '7'
                limits: {followers: 0, extra: 1}
                hypervisors:
                - type: qemu
                  channelIdleSeconds: 301
                  vms: {1: {agent: /a}, x: {agent: /b}, 2: {agent: c}}
                """);

        assertThat(message(file)).isEqualTo("Cannot use the configuration " + file + """
                , line 2, column 16: retentionDays: expected a whole number from 1 to 36500
                  line 3, column 21: limits.followers: expected a whole number from 1 to 100000
                  line 3, column 31: limits.extra: there is no such setting here; expected connections,\
                 connectionsPerAddress, failuresPerAddress, followers, followersPerKey, openPerAddress, requestsPerKey
                  line 6, column 23: hypervisors[0].channelIdleSeconds: expected a whole number from 1 to 300
                  line 7, column 28: hypervisors[0].vms.x: expected a vmid, an integer of 1 or more, as the name
                  line 7, column 52: hypervisors[0].vms.2.agent: expected the absolute path of a Unix socket""");
    }

    @Test
    void faultsBetweenSettingsAreToldAtOnce() throws Exception {
        Path file = Files.writeString(folder.resolve("c.yaml"), """
                data: /d
                listen: 0.0.0.0:80
                hypervisors:
                - {type: libvirt, vms: {1: a, 2: a}}
                - {type: qemu, vms: {1: {agent: /a, unit: '-'}, 2: {agent: /a}}}
                """);

        assertThat(String.valueOf(message(file)).lines())
                .satisfiesExactly(
                        line -> assertThat(line).contains("line 2, column 9: listen: other machines"),
                        line -> assertThat(line).contains("line 4, column 34: hypervisors[0].vms.2: another vmid"),
                        line -> assertThat(line)
                                .contains("line 5, column 43: hypervisors[1].vms.1.unit: expected the name"),
                        line -> assertThat(line)
                                .contains("line 5, column 60: hypervisors[1].vms.2.agent: the agent of VM 2"));
    }

    @Test
    void aFileThatIsNotThereIsSaidNotToBe() {
        Path file = folder.resolve("none.yaml");

        assertThat(message(file)).isEqualTo("Cannot read the configuration " + file + ": there is no such file");
    }

    @Test
    void aFileThatIsNoTextIsSaidNotToBe() throws Exception {
        Path file = Files.write(folder.resolve("x.yaml"), "data: /é".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(message(file)).endsWith("the file is not readable as text");
        assertThat(message(folder)).endsWith("the file is not readable as text");
    }

    @Test
    void hostileYamlIsRefusedAndNotExpanded() throws Exception {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++) {
            String before = "*a" + (i - 1);
            bomb.append("a" + i + ": &a" + i + " [" + (before + ", ").repeat(8) + before + "]\n");
        }
        assertThat(message(Files.writeString(folder.resolve("bomb.yaml"), bomb)))
                .startsWith("Cannot use");
        assertThat(message(Files.writeString(folder.resolve("self.yaml"), "data: /d\nhypervisors: &h\n- *h\n")))
                .startsWith("Cannot use");
    }
}
