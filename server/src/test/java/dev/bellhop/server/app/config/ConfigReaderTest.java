// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.app.TestServerCertificate;
import dev.bellhop.server.app.config.Config.LibvirtConfig;
import dev.bellhop.server.app.config.Config.QemuConfig;
import dev.bellhop.server.cluster.ClusterSettings;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.encryption.GivenKeys;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.forward.ForwardSettings;
import dev.bellhop.server.http.connection.ConnectionLimits;
import dev.bellhop.server.http.connection.Proxies;
import dev.bellhop.server.hypervisor.qemu.PathPattern;
import dev.bellhop.server.hypervisor.qemu.StartCommand;
import dev.bellhop.server.hypervisor.qemu.VmSockets;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.recording.RecordingSettings;
import dev.bellhop.server.store.postgres.PostgresSettings;
import dev.bellhop.server.terminal.TerminalSettings;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a configuration can say. */
class ConfigReaderTest {
    @TempDir
    private Path folder;

    private Config read(String yaml) throws Exception {
        return ConfigReader.read(Files.writeString(folder.resolve("c.yaml"), yaml));
    }

    private static InetSocketAddress address(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    @Test
    void readsHypervisorsOfTypeLibvirt() throws Exception {
        Config config = read("""
                data: /d
                hypervisors:
                  - type: libvirt
                  - type: libvirt
                    uri: qemu+ssh://root@node/system
                    vms: {10000: web, 10001: 'data base'}
                """);
        assertThat(config.hypervisors())
                .containsExactly(
                        new LibvirtConfig("qemu:///system", Map.of()),
                        new LibvirtConfig(
                                "qemu+ssh://root@node/system",
                                Map.of(new VmId(10000), "web", new VmId(10001), "data base")));
    }

    @Test
    void whatIsNotSaidHasADefault() throws Exception {
        Config config = read("data: /var/lib/bellhop\nhypervisors: []\n");

        assertThat(config)
                .isEqualTo(new Config(
                        address("127.0.0.1", 8080),
                        null,
                        Proxies.NONE,
                        Path.of("/var/lib/bellhop"),
                        null,
                        null,
                        new KeyFile(Path.of("/var/lib/bellhop/encryption.keys")),
                        new Config.Retained(Duration.ofDays(30), 10_737_418_240L, Duration.ofDays(365), 1_073_741_824L),
                        new ExecutionSettings(
                                new GuestSettings(
                                        true,
                                        "/var/lib/bellhop-commands",
                                        67_108_864,
                                        Duration.ofDays(30),
                                        Duration.ofMinutes(1)),
                                new ExecutionLimits(200, 2_000, 1_000)),
                        OperationSettings.withGrace(Duration.ofSeconds(60)),
                        new TerminalSettings(10, 50, Duration.ofHours(1), Duration.ofDays(1), Duration.ofMinutes(1)),
                        new ForwardSettings(40, 100, Duration.ofHours(2)),
                        new RecordingSettings(true, false, 67_108_864, Duration.ofDays(30), 10_737_418_240L),
                        new FileSettings(68_719_476_736L, null, 4),
                        new CallerLimits(2_000, 300, 600, 1_000, 2_000),
                        new ConnectionLimits.Wanted(null, 2_500),
                        new Config.Metrics(true, null, null),
                        null,
                        List.of()));
    }

    @Test
    void theMetricsAreWhereAndForWhomTheConfigurationSays() throws Exception {
        String rest = "data: /d\nhypervisors: []\n";
        Path token = Files.writeString(folder.resolve("token"), "0123456789abcdef0123456789abcdef\n");
        assertThat(read(rest + "metrics: {enabled: false}\n").metrics())
                .isEqualTo(new Config.Metrics(false, null, null));
        assertThat(read(rest + "metrics: {listen: '127.0.0.1:9464', tokenFile: " + token + "}\n")
                        .metrics())
                .isEqualTo(new Config.Metrics(true, address("127.0.0.1", 9464), token));
        for (String text : List.of("mark", "", "mark mark mark mark mark mark mark mark")) {
            Files.writeString(token, text);
            assertThatThrownBy(() -> read(rest + "metrics: {tokenFile: " + token + "}\n"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("metrics.tokenFile: Cannot use the token of metrics " + token)
                    .hasMessageNotContaining("mark");
        }
        assertThatThrownBy(() -> read(rest + "metrics: {tokenFile: " + folder.resolve("none") + "}\n"))
                .hasMessageContaining("Cannot read the token of metrics ");
    }

    @Test
    void aPostgresqlTakesThePlaceOfTheFile() throws Exception {
        String rest = "data: /d\nhypervisors: []\n";
        assertThat(read(rest + "postgres: {url: 'jdbc:postgresql://db/bellhop?sslmode=require'}\n")
                        .postgres())
                .isEqualTo(new PostgresSettings("jdbc:postgresql://db/bellhop?sslmode=require", null, null));
        assertThat(read(rest + "postgres: {url: 'jdbc:postgresql://db/b', user: u, passwordFile: /etc/p}\n")
                        .postgres())
                .isEqualTo(new PostgresSettings("jdbc:postgresql://db/b", "u", Path.of("/etc/p")));
        for (String url : List.of(
                "jdbc:postgresql://db/b?a=b&password=mark",
                "jdbc:postgresql://db/b?sslpassword=mark",
                "jdbc:postgresql://u:mark@db/b")) {
            assertThatThrownBy(() -> read(rest + "postgres: {url: '" + url + "'}\n"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("postgres.url: a password does not belong here; ")
                    .hasMessageNotContaining("mark");
        }
        assertThatThrownBy(() -> read(rest + "postgres: {user: u}\n"))
                .hasMessageContaining("postgres: expected url, a URL of PostgreSQL, such as jdbc:postgresql://");
    }

    @Test
    void aServerOfAClusterHasNoVmsOfItsOwn() throws Exception {
        String rest = "data: /d\npostgres: {url: 'jdbc:postgresql://db/b'}\n";
        Config config = read(rest + "cluster: {nats: 'tls://a:4222, tls://[::1]:4223', credentials: /etc/b/api}\n");

        assertThat(config.cluster())
                .isEqualTo(
                        new ClusterSettings(List.of("tls://a:4222", "tls://[::1]:4223"), Path.of("/etc/b/api"), null));
        assertThat(config.hypervisors()).isEmpty();
        assertThat(read(rest + "cluster: {nats: 'tls://a', nodesNats: 'tls://b, tls://c', credentials: /c}\n")
                        .cluster())
                .isEqualTo(new ClusterSettings(
                        List.of("tls://a"), Path.of("/c"), null, List.of("tls://b", "tls://c"), null, 10_000));
        assertThat(read(rest + "cluster: {nats: 'tls://a', credentials: /c, takeOverSeconds: 60, maxVmsPerNode: 5}\n")
                        .cluster())
                .isEqualTo(new ClusterSettings(
                        List.of("tls://a"), Path.of("/c"), null, List.of("tls://a"), Duration.ofMinutes(1), 5));
        assertThatThrownBy(() -> read(rest + "cluster: {nats: 'tls://a', credentials: /c, takeOverSeconds: 9}\n"))
                .hasMessageContaining("cluster.takeOverSeconds: expected a whole number from 10 to 86400");
        assertThatThrownBy(() ->
                        read(rest + "cluster: {nats: 'tls://a', credentials: /c}\nhypervisors: [{type: libvirt}]\n"))
                .hasMessageContaining("put these into the configuration of a node");
        assertThatThrownBy(() -> read("data: /d\ncluster: {nats: 'tls://a', credentials: /c}\n"))
                .hasMessageContaining("the servers of a cluster share a PostgreSQL");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a:4222",
                "nats://a:4222",
                "tls://u:mark@a",
                "tls://",
                "http://a",
                "tls://a/x",
                "tls://a,",
                "tls:a"
            })
    void anAddressOfNatsHasTlsOrIsTheOwnMachines(String nats) {
        assertThatThrownBy(() -> read("data: /d\ncluster: {nats: '" + nats + "', credentials: /c}\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("cluster.nats: expected addresses of NATS")
                .hasMessageNotContaining("mark");
    }

    @Test
    void aNodeHasVmsAndACluster() throws Exception {
        Path file = Files.writeString(folder.resolve("n.yaml"), """
                data: /var/lib/bellhop-node
                cluster: {name: hv-1, nats: 'nats://127.0.0.1:4222', credentials: /etc/b/node.creds, ca: /etc/b/ca.pem}
                executions: {runningPerVm: 5}
                power: {graceSeconds: 7}
                hypervisors: [{type: libvirt}]
                """);
        NodeConfig config = NodeConfig.read(file);

        assertThat(config.name()).isEqualTo(new NodeId("hv-1"));
        assertThat(config.listen()).isNull();
        assertThat(config.data()).isEqualTo(Path.of("/var/lib/bellhop-node"));
        assertThat(config.cluster().authorities()).isEqualTo(Path.of("/etc/b/ca.pem"));
        assertThat(config.cluster().isEncrypted()).isFalse();
        assertThat(config.executions().limits().runningPerVm()).isEqualTo(5);
        assertThat(config.power()).isEqualTo(OperationSettings.withGrace(Duration.ofSeconds(7)));
        assertThat(config.hypervisors()).containsExactly(new LibvirtConfig("qemu:///system", Map.of()));
    }

    /** Other machines may read how it does; there is nothing else to be had. */
    @Test
    void aNodeMayTellOthersHowItDoes() throws Exception {
        Path file = Files.writeString(folder.resolve("n.yaml"), """
                listen: 10.0.0.21:9464
                data: /var/lib/bellhop-node
                cluster: {name: hv-1, nats: 'nats://127.0.0.1:4222', credentials: /etc/b/node.creds}
                hypervisors: []
                """);

        assertThat(NodeConfig.read(file).listen()).isEqualTo(new InetSocketAddress("10.0.0.21", 9464));
    }

    @Test
    void aNodeHasNeitherCallersNorADatabase() throws Exception {
        Path file = Files.writeString(
                folder.resolve("n.yaml"), "listen: host-1\npostgres: {url: x}\ncluster: {name: HV.1}\ndata: /d\n");

        assertThatThrownBy(() -> NodeConfig.read(file))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("listen: expected an address and a port, such as 127.0.0.1:9464")
                .hasMessageContaining("postgres: there is no such setting here")
                .hasMessageContaining("cluster.name: expected the node's name in its cluster")
                .hasMessageContaining("expected nats, addresses of NATS")
                .hasMessageContaining("expected credentials, ")
                .hasMessageContaining("expected hypervisors, a list of them");
    }

    @Test
    void everythingCanBeSaid() throws Exception {
        Config config = read("""
                # The one in the README.
                listen: 0.0.0.0:9000
                behindProxy: true
                proxies: [127.0.0.1, 10.0.0.0/8, '2001:db8::/32']
                data: /var/lib/bellhop/
                retentionDays: 7
                retentionBytes: 1000000
                audit:
                  retentionDays: 90
                  retentionBytes: 2000000
                executions:
                  supervise: false
                  spool: /run/spool
                  maxOutputBytes: 1048576
                  stoppedVmDays: 2
                  runningPerVm: 5
                  runningPerKey: 6
                  queuedPerVm: 0
                power:
                  graceSeconds: 7
                limits:
                  requestsPerKey: 1
                  failuresPerAddress: 2
                  openPerAddress: 3
                  followersPerKey: 4
                  followers: 5
                  connections: 6
                  connectionsPerAddress: 7
                hypervisors:
                  - type: qemu
                    vms:
                      10000: {agent: /run/vm/10000.qga, monitor: /run/vm/10000.qmp}
                      "10001":
                        agent: /run/vm/10001.qga
                        start: [/s, a b, "{vmid}"]
                        name: shop web
                  - type: qemu
                    agent: /var/run/qemu-server/{vmid}.qga
                    monitor: /var/run/qemu-server/{vmid}.qmp
                    channelIdleSeconds: 60
                  - {type: qemu, agent: '/run/x/vm{vmid}', unit: 'vm@{vmid}.service'}
                """);

        assertThat(config.listen()).isEqualTo(address("0.0.0.0", 9000));
        assertThat(config.tls()).isNull();
        assertThat(config.proxies())
                .isEqualTo(new Proxies(List.of(
                        new AddressRange(InetAddress.ofLiteral("127.0.0.1"), 32),
                        new AddressRange(InetAddress.ofLiteral("10.0.0.0"), 8),
                        new AddressRange(InetAddress.ofLiteral("2001:db8::"), 32))));
        assertThat(config.data()).isEqualTo(Path.of("/var/lib/bellhop"));
        assertThat(config.retained())
                .isEqualTo(new Config.Retained(Duration.ofDays(7), 1_000_000, Duration.ofDays(90), 2_000_000));
        assertThat(config.executions())
                .isEqualTo(new ExecutionSettings(
                        new GuestSettings(false, "/run/spool", 1_048_576, Duration.ofDays(2), Duration.ofMinutes(1)),
                        new ExecutionLimits(5, 6, 0)));
        assertThat(config.power()).isEqualTo(OperationSettings.withGrace(Duration.ofSeconds(7)));
        assertThat(config.limits()).isEqualTo(new CallerLimits(1, 2, 3, 4, 5));
        assertThat(config.connections()).isEqualTo(new ConnectionLimits.Wanted(6, 7));
        assertThat(config.hypervisors())
                .containsExactly(
                        new QemuConfig.Listed(
                                Map.of(
                                        new VmId(10000),
                                        new VmSockets(Path.of("/run/vm/10000.qga"), Path.of("/run/vm/10000.qmp"), null),
                                        new VmId(10001),
                                        new VmSockets(
                                                Path.of("/run/vm/10001.qga"),
                                                null,
                                                new StartCommand(List.of("/s", "a b", "10001")),
                                                new VmName("shop web"))),
                                Duration.ofMillis(700)),
                        new QemuConfig.Pattern(
                                PathPattern.parse("/var/run/qemu-server/{vmid}.qga")
                                        .orElseThrow(),
                                PathPattern.parse("/var/run/qemu-server/{vmid}.qmp")
                                        .orElseThrow(),
                                null,
                                Duration.ofMinutes(1)),
                        new QemuConfig.Pattern(
                                PathPattern.parse("/run/x/vm{vmid}").orElseThrow(),
                                null,
                                StartCommand.ofUnit("vm@{vmid}.service").orElseThrow(),
                                Duration.ofMillis(700)));
    }

    @Test
    void theKeysForWhatIsStoredAreInAFileOrGiven() throws Exception {
        Path file = Files.writeString(folder.resolve("d.yaml"), "data: /d\nhypervisors: []\n");
        Map<String, String> given = Map.of("BELLHOP_ENCRYPTION_KEYS", "{}");

        assertThat(read("data: /d\nhypervisors: []\nencryption: {keyFile: /etc/bellhop/keys}\n")
                        .encryptionKeys())
                .isEqualTo(new KeyFile(Path.of("/etc/bellhop/keys")));
        assertThat(ConfigReader.read(file, Map.of()).encryptionKeys())
                .isEqualTo(new KeyFile(Path.of("/d/encryption.keys")));
        assertThat(ConfigReader.read(file, given).encryptionKeys()).isEqualTo(new GivenKeys("{}"));
        Files.writeString(file, "data: /d\nhypervisors: []\nencryption:\n  keyFile: /k\n");
        assertThatThrownBy(() -> ConfigReader.read(file, given))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(
                        "line 4, column 12: encryption.keyFile: the keys are given in BELLHOP_ENCRYPTION_KEYS, too");
    }

    @Test
    void anAddressMayBeOfEitherVersion() throws Exception {
        assertThat(listen("'[::1]:80'")).isEqualTo(address("::1", 80));
        assertThat(listen("'[::]:0'")).isEqualTo(address("::", 0));
        assertThat(listen("192.0.2.1:65535")).isEqualTo(address("192.0.2.1", 65535));
    }

    private InetSocketAddress listen(String value) throws Exception {
        return read("behindProxy: true\nlisten: " + value + "\ndata: /d\nhypervisors: []\n")
                .listen();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:80", "127.200.3.4:80", "'[::1]:80'", "'[::ffff:127.0.0.1]:80'"})
    void theLoopbackNeedsNoTls(String listen) throws Exception {
        assertThat(read("listen: " + listen + "\ndata: /d\nhypervisors: []\n")
                        .listen()
                        .getAddress()
                        .isLoopbackAddress())
                .isTrue();
    }

    @Test
    void withTlsAnyAddressWillDo() throws Exception {
        TestServerCertificate certificate = TestServerCertificate.in(folder);

        Config config = read("""
                listen: 0.0.0.0:8443
                tls: {certificate: %s, key: %s}
                data: /d
                hypervisors: []
                """.formatted(certificate.certificate(), certificate.key()));

        assertThat(config.listen()).isEqualTo(address("0.0.0.0", 8443));
        assertThat(config.tls()).isEqualTo(certificate.files());
    }

    @Test
    void anAnchorStandsForWhatItNames() throws Exception {
        Config config = read("""
                data: &place /d
                hypervisors:
                  - type: &q qemu
                    vms: &vms
                      1: {agent: /run/1.qga}
                  - {type: *q, vms: *vms}
                """);

        VmSockets sockets = new VmSockets(Path.of("/run/1.qga"), null, null);
        QemuConfig listed = new QemuConfig.Listed(Map.of(new VmId(1), sockets), QemuConfig.CHANNEL_IDLE);
        assertThat(config.hypervisors()).isEqualTo(List.of(listed, listed));
    }

    @Test
    void quotesAndLongFormsMakeNoDifference() throws Exception {
        Config plain = read("data: /d\nhypervisors:\n- type: qemu\n  agent: /r/{vmid}.s\n");

        assertThat(read("{\"data\": \"/d\", \"hypervisors\": [{\"type\": \"qemu\", \"agent\": \"/r/{vmid}.s\"}]}"))
                .isEqualTo(plain);
        assertThat(
                        read(
                                "---\n'data': >-\n  /d\nhypervisors:\n  - 'type': \"qemu\"\n    agent: |-\n      /r/{vmid}.s\n...\n"))
                .isEqualTo(plain);
        assertThat(read("\uFEFFdata: /d\r\nhypervisors:\r\n- type: qemu\r\n  agent: /r/{vmid}.s\r\n"))
                .isEqualTo(plain);
    }
}
