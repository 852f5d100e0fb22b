// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.GuestAddress;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.GuestFileSystem;
import dev.bellhop.qga.GuestInterface;
import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.GuestLoad;
import dev.bellhop.qga.GuestTimeZone;
import dev.bellhop.qga.GuestUser;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What guests report about themselves, and what hostile guests might report. */
@Timeout(60)
class GuestInfoTest {

    @TempDir
    Path folder;

    private FakeAgent fake;
    private GuestAgent agent;

    @BeforeEach
    void start() {
        fake = FakeAgent.start(folder.resolve("a.sock"));
        agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults());
    }

    @AfterEach
    void end() {
        agent.close();
        fake.close();
    }

    private void says(String command, String result) {
        fake.on(command, (request, wire) -> wire.reply(result));
    }

    private static String many(int count, String item) {
        return IntStream.range(0, count).mapToObj(i -> item).collect(Collectors.joining(",", "[", "]"));
    }

    private GuestAddress address(String text, String prefix) throws AgentException {
        says(
                "guest-network-get-interfaces",
                "[{\"name\": \"e\", \"ip-addresses\": [{\"ip-address\": \"" + text + "\"" + prefix + "}]}]");
        GuestList<GuestAddress> addresses =
                agent.networkInterfaces(soon()).items().getFirst().addresses();
        return addresses.items().isEmpty()
                ? new GuestAddress("none", null)
                : addresses.items().getFirst();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 24, 192.0.2.1, 24",
        "010.0.02.1, 8, 10.0.2.1, 8",
        "192.0.2.1, 33, 192.0.2.1,",
        "192.0.2.1, -1, 192.0.2.1,",
        "192.0.2.1, 99999999999999999999, 192.0.2.1,",
        "FE80::1%12, 64, fe80::1, 64",
        "2001:db8::7, 128, 2001:db8::7, 128",
        "2001:db8::7, 129, 2001:db8::7,",
        "::ffff:192.0.2.1, 128, ::ffff:192.0.2.1, 128"
    })
    void anAddressIsToldAsItIs(String told, String prefix, String address, Integer expectedPrefix) throws Exception {
        assertThat(address(told, ", \"prefix\": " + prefix)).isEqualTo(new GuestAddress(address, expectedPrefix));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "example.com",
                "1",
                "0x7f.1.1.1",
                "192.0.2.256",
                "192.0.2",
                "192.0.2.1 ",
                "192.0.2.1:80",
                "1:2:3",
                ":::",
                "[::1]",
                "::1\\u001b[2J",
                "<script>"
            })
    void whatIsNoAddressIsLeftOut(String told) throws Exception {
        assertThat(address(told, "").address()).isEqualTo("none");
    }

    @Test
    void anAddressThatOthersCannotReachIsKnown() {
        assertThat(GuestAddress.told("127.0.0.1", null).orElseThrow().isLocal()).isTrue();
        assertThat(GuestAddress.told("169.254.1.1", null).orElseThrow().isLocal())
                .isTrue();
        assertThat(GuestAddress.told("::1", null).orElseThrow().isLocal()).isTrue();
        assertThat(GuestAddress.told("fe80::1", null).orElseThrow().isLocal()).isTrue();
        assertThat(GuestAddress.told("10.0.0.1", null).orElseThrow().isLocal()).isFalse();
        assertThat(GuestAddress.told("fd00::2", null).orElseThrow().isLocal()).isFalse();
        assertThat(GuestAddress.told("::ffff:127.0.0.1", null).orElseThrow().isLocal())
                .isTrue();
    }

    @Test
    void anInterfaceWithNothingButItsNameIsOne() throws Exception {
        says("guest-network-get-interfaces", "[{\"name\": \"a\\u0007b\", \"hardware-address\": \"<b>\", \"x\": [1]}]");
        GuestInterface only = agent.networkInterfaces(soon()).items().getFirst();
        assertThat(only.name()).isEqualTo("a\\u0007b");
        assertThat(only.hardwareAddress()).isNull();
        assertThat(only.addresses()).isEqualTo(new GuestList<>(List.of(), false));
    }

    @Test
    void listsAreCutAndSaySo() throws Exception {
        String addresses = many(17, "{\"ip-address\": \"192.0.2.1\", \"prefix\": 24}");
        says(
                "guest-network-get-interfaces",
                many(101, "{\"name\": \"e\"}").replaceFirst("\"e\"", "\"e\", \"ip-addresses\": " + addresses));
        GuestList<GuestInterface> interfaces = agent.networkInterfaces(soon());
        assertThat(interfaces.items()).hasSize(100);
        assertThat(interfaces.cut()).isTrue();
        assertThat(interfaces.items().getFirst().addresses().items()).hasSize(16);
        assertThat(interfaces.items().getFirst().addresses().cut()).isTrue();
        assertThat(interfaces.items().getLast().addresses().cut()).isFalse();

        says("guest-get-fsinfo", many(101, "{\"mountpoint\": \"/\"}"));
        assertThat(agent.fileSystems(soon()).items()).hasSize(100);
        assertThat(agent.fileSystems(soon()).cut()).isTrue();

        says("guest-get-users", many(101, "{\"user\": \"u\"}"));
        assertThat(agent.users(soon()).items()).hasSize(100);
        assertThat(agent.users(soon()).cut()).isTrue();
        says("guest-get-users", many(100, "{\"user\": \"u\"}"));
        assertThat(agent.users(soon()).cut()).isFalse();
    }

    @Test
    void aListWithoutEndEndsTheCall() {
        says("guest-get-users", many(20_000, "{\"user\": \"u\"}"));
        assertThatThrownBy(() -> agent.users(soon())).isInstanceOf(AgentProtocolException.class);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "10, 20, 10, 20",
                "0, 0, 0, 0",
                "21, 20, -, -",
                "-1, 20, -, -",
                "10, 18446744073709551615, -, -",
                "-, 20, -, -",
                "10, -, -, -"
            })
    void useIsToldWhereItCanBe(String used, String total, Long expectedUsed, Long expectedTotal) throws Exception {
        says(
                "guest-get-fsinfo",
                "[{\"mountpoint\": \"C:\\\\\", \"name\": \"vda\", \"type\": \"ext4\", \"disk\": [{\"bus\": 0}]"
                        + (used == null ? "" : ", \"used-bytes\": " + used)
                        + (total == null ? "" : ", \"total-bytes\": " + total) + "}]");
        assertThat(agent.fileSystems(soon()).items())
                .containsExactly(new GuestFileSystem("C:\\\\", "vda", "ext4", expectedUsed, expectedTotal));
    }

    @Test
    void aUserIsToldWithWhatIsKnown() throws Exception {
        says(
                "guest-get-users",
                "[{\"user\": \"ann\", \"login-time\": 1700000000.25}, {\"user\": \"b\", \"domain\": \"D\"},"
                        + " {\"user\": \"c\", \"login-time\": 1e300}, {\"user\": \"d\", \"login-time\": -1}]");
        assertThat(agent.users(soon()).items())
                .containsExactly(
                        new GuestUser("ann", null, Instant.ofEpochMilli(1_700_000_000_250L)),
                        new GuestUser("b", "D", null),
                        new GuestUser("c", null, null),
                        new GuestUser("d", null, null));
    }

    @Test
    void whatHasAnEmptyNameIsLeftOutAndTheRestIsTold() throws Exception {
        says("guest-network-get-interfaces", "[{\"name\": \"\"}, {\"name\": \"e\"}]");
        assertThat(agent.networkInterfaces(soon()).items())
                .extracting(GuestInterface::name)
                .containsExactly("e");
        says("guest-get-fsinfo", "[{\"mountpoint\": \"\"}, {\"mountpoint\": \"/\", \"name\": \"\", \"type\": \"\"}]");
        assertThat(agent.fileSystems(soon()).items()).containsExactly(new GuestFileSystem("/", null, null, null, null));
        says("guest-get-users", "[{\"user\": \"\"}, {\"user\": \"u\", \"domain\": \"\"}]");
        assertThat(agent.users(soon()).items()).containsExactly(new GuestUser("u", null, null));
    }

    @Test
    void textsAreCutAndCannotHoldWhatATerminalObeys() throws Exception {
        says("guest-get-host-name", "{\"host-name\": \"\\u001b[2J" + "x".repeat(5000) + "\"}");
        assertThat(agent.hostName(soon())).startsWith("\\u001B[2Jxxx").hasSize(255);
        says("guest-get-timezone", "{\"zone\": \"" + "z".repeat(5000) + "\", \"offset\": -3600}");
        assertThat(agent.timeZone(soon()).name()).hasSize(100);
        assertThat(agent.timeZone(soon()).offset()).isEqualTo(ZoneOffset.ofHours(-1));
        says("guest-get-timezone", "{\"offset\": 0}");
        assertThat(agent.timeZone(soon())).isEqualTo(new GuestTimeZone(null, ZoneOffset.UTC));
    }

    @Test
    void aLoadIsThreeNumbers() throws Exception {
        says("guest-get-load", "{\"load1m\": 0, \"load5m\": 1.5, \"load15m\": 2e1, \"new\": {}}");
        assertThat(agent.load(soon())).isEqualTo(new GuestLoad(0, 1.5, 20));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "guest-get-host-name|[]",
                "guest-get-host-name|{}",
                "guest-get-host-name|{\"host-name\": \"\"}",
                "guest-get-host-name|{\"host-name\": 7}",
                "guest-network-get-interfaces|{}",
                "guest-network-get-interfaces|[7]",
                "guest-network-get-interfaces|[{}]",
                "guest-network-get-interfaces|[{\"name\": \"e\", \"ip-addresses\": {}}]",
                "guest-network-get-interfaces|[{\"name\": \"e\", \"ip-addresses\": [{\"prefix\": 8}]}]",
                "guest-get-fsinfo|null",
                "guest-get-fsinfo|[{\"name\": \"vda\"}]",
                "guest-get-fsinfo|[{\"mountpoint\": \"/\", \"used-bytes\": \"1\"}]",
                "guest-get-users|[{\"user\": \"u\", \"login-time\": \"now\"}]",
                "guest-get-users|[[]]",
                "guest-get-timezone|{\"zone\": \"UTC\"}",
                "guest-get-timezone|{\"offset\": 64801}",
                "guest-get-timezone|{\"offset\": 1.5}",
                "guest-get-load|{\"load1m\": 1, \"load5m\": 1}",
                "guest-get-load|{\"load1m\": -1, \"load5m\": 1, \"load15m\": 1}",
                "guest-get-load|{\"load1m\": 1e999, \"load5m\": 1, \"load15m\": 1}"
            })
    void whatIsNoneOfItIsRefusedAndTheNextCallWorks(String commandAndResult) throws Exception {
        String command = commandAndResult.substring(0, commandAndResult.indexOf('|'));
        says(command, commandAndResult.substring(command.length() + 1));
        assertThatThrownBy(() -> ask(command)).isInstanceOf(AgentProtocolException.class);
        agent.ping(soon());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "guest-get-host-name",
                "guest-network-get-interfaces",
                "guest-get-fsinfo",
                "guest-get-users",
                "guest-get-timezone",
                "guest-get-load"
            })
    void anAgentMayLackOneOfThem(String command) {
        assertThatThrownBy(() -> ask(command)).isInstanceOf(RpcMissingException.class);
    }

    private void ask(String command) throws AgentException {
        switch (command) {
            case "guest-get-host-name" -> agent.hostName(soon());
            case "guest-network-get-interfaces" -> agent.networkInterfaces(soon());
            case "guest-get-fsinfo" -> agent.fileSystems(soon());
            case "guest-get-users" -> agent.users(soon());
            case "guest-get-timezone" -> agent.timeZone(soon());
            case "guest-get-load" -> agent.load(soon());
            default -> throw new IllegalArgumentException(command);
        }
    }
}
