// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.AccountView;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("real")
class AccountCommandsTest {

    private static final String ACCOUNTS = "/api/v2/accounts";

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    @Test
    void createPrintsTheIdAloneOnStandardOutput() {
        AccountView account = new AccountView("0c5d2e9f7a41", "shop", Cli.NOW, List.of());
        cli.server.on("POST", ACCOUNTS, StubAnswer.created(ACCOUNTS + "/" + account.id(), account));

        Cli.Run run = cli.run("account", "create", "shop");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo("0c5d2e9f7a41\n");
        assertThat(run.err()).isEqualTo("bellhop: Created account 0c5d2e9f7a41 (shop)\n");
        assertThat(cli.server.requests().getFirst().body()).isEqualTo("{\"name\":\"shop\"}");
    }

    @Test
    void listShowsWhatEachOwns() {
        List<AccountView> accounts = List.of(
                new AccountView("a", "shop", Cli.NOW, List.of(7L, 10000L)),
                new AccountView("b", "press\u001b[31m", Cli.NOW, List.of()));
        cli.server.on("GET", ACCOUNTS, StubAnswer.json(200, new Page<>(accounts, null)));

        assertThat(cli.run("account", "list").out()).isEqualTo("""
                ID  NAME               CREATED     OWNS
                a   shop               2026-01-31  VMs 7,10000
                b   press<U+001B>[31m  2026-01-31  no VMs
                """);
    }

    @Test
    void anAccountIsFoundByItsName() {
        List<AccountView> accounts = List.of(
                new AccountView("0c5d2e9f7a41", "shop", Cli.NOW, List.of()),
                new AccountView("0c5d2e9f7a42", "twin", Cli.NOW, List.of()),
                new AccountView("0c5d2e9f7a43", "twin", Cli.NOW, List.of()));
        cli.server.on("GET", ACCOUNTS, StubAnswer.json(200, new Page<>(accounts, null)));
        cli.server.on("POST", "/api/v2/vps/10000/actions/assign", StubAnswer.noContent());
        cli.server.on("GET", "/api/v2/masks", StubAnswer.json(200, new Page<>(List.of(), null)));

        assertThat(cli.run("vm", "assign", "10000", "shop").exitCode()).isZero();
        assertThat(cli.server.requests().getLast().body()).isEqualTo("{\"account\":\"0c5d2e9f7a41\"}");
        assertThat(cli.run("mask", "list", "--account", "shop").exitCode()).isZero();
        assertThat(cli.server.requests().getLast().target()).isEqualTo("/api/v2/masks?account=0c5d2e9f7a41");
        assertThat(cli.run("vm", "assign", "10000", "twin").err())
                .isEqualTo("bellhop: Cannot tell which account is meant because several are named twin:"
                        + " give one of the ids 0c5d2e9f7a42, 0c5d2e9f7a43\n");
        assertThat(cli.run("account", "delete", "nobody").err())
                .isEqualTo("bellhop: Cannot find an account named nobody; 'bellhop account list' lists them all\n");
    }

    @Test
    void anEmptyListSaysWhatToDoNext() {
        cli.server.on("GET", ACCOUNTS, StubAnswer.json(200, new Page<>(List.of(), null)));

        assertThat(cli.run("account", "list").err()).contains("bellhop account create");
    }

    @Test
    void anAccountThatIsInUseIsNotDeleted() {
        cli.server
                .on("DELETE", ACCOUNTS + "/0c5d2e9f7a41", StubAnswer.noContent())
                .on(
                        "DELETE",
                        ACCOUNTS + "/0c5d2e9f7a42",
                        request -> StubAnswer.problem(
                                409, "account_in_use", "Cannot delete this account", ACCOUNTS + "/0c5d2e9f7a42", null));

        Cli.Run run = cli.run("account", "delete", "0c5d2e9f7a41", "0c5d2e9f7a42");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("""
                bellhop: Deleted account 0c5d2e9f7a41
                bellhop: Cannot delete this account
                """);
    }

    /** From nothing to a tenant who sees its VM and no other, against a real server. */
    @Test
    void anAccountIsMadeGivenAVmAndDeletedAgain(@TempDir Path folder) throws Exception {
        try (RealServer server = RealServer.start(folder)) {
            String account = server.run("account", "create", "shop").out().strip();
            assertThat(server.run("vm", "assign", "1", account).err())
                    .isEqualTo("bellhop: Assigned VM 1 to account " + account + "\n");
            String key = server.run(
                            "key", "create", "--name", "n", "--account", account, "--scope", "write:vm,admin:account")
                    .out()
                    .strip();
            String vms = server.run("--key", key, "vm", "list").out();
            assertThat(vms.lines().skip(1))
                    .singleElement()
                    .asString()
                    .startsWith("1 ")
                    .contains(" " + account + " ");
            assertThat(server.run("--key", key, "exec", "1", "--", "echo hello").out())
                    .isEqualTo("hello\n");
            assertThat(server.run("--key", key, "exec", "2", "--", "echo hello").exitCode())
                    .isEqualTo(255);

            assertThat(server.run("account", "delete", account).err()).contains("it owns VMs, 1 of them");
            assertThat(server.run("vm", "unassign", "1").err()).isEqualTo("bellhop: VM 1 belongs to no account\n");
            assertThat(server.run("account", "delete", account).err()).contains("it has valid keys, 1 of them");
            String keys = server.run("--key", key, "key", "list").out();
            assertThat(keys.lines()).hasSize(2);
            String id = keys.lines().skip(1).findFirst().orElseThrow().split(" ", 2)[0];
            assertThat(server.run("--key", key, "key", "revoke", id).exitCode()).isZero();
            assertThat(server.run("account", "delete", account).exitCode()).isZero();
        }
    }
}
